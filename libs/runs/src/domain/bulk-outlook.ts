import { assertNever, type BulkAction, type FaultReason, RefusedError, type RunOutcome } from '#libs/kernel';
import { refuseUncancellable } from './run-commands';
import type { Standing } from './standing';
import { refuseUnretryable } from './submission';

export interface Outlook {
  readonly outcome: RunOutcome;
  readonly refusal?: { readonly reason: FaultReason; readonly message: string };
}

/** What would come of an action, as far as phase and status tell: params, quotas and locks are looked at when it is done. */
export function outlookOf(action: BulkAction, standing: Standing): Outlook {
  if (action === 'cancel' && standing.status === 'cancelled') return { outcome: 'unchanged' };
  try {
    refuse(action, standing);
    return { outcome: 'done' };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { outcome: 'refused', refusal: { reason: error.reason, message: error.message } };
  }
}

function refuse(action: BulkAction, standing: Standing): void {
  switch (action) {
    case 'cancel':
      return refuseUncancellable(standing);
    case 'retry':
      return refuseUnretryable(standing);
    default:
      assertNever(action);
  }
}
