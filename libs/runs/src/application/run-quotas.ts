import { RefusedError } from '#libs/kernel';
import type { Guard } from '#libs/ledger';
import type { RunCommand } from '../domain';

/** Limits of the team; 0 = none. */
export interface RunQuotas {
  readonly maxConcurrentRuns: number;
  readonly maxWorkflowRunMonthly: number;
}

/** What a command that makes a run must stay within, checked by the append. */
export function quotaGuards(command: RunCommand & { readonly quotas?: RunQuotas }): readonly Guard[] {
  if (command.type !== 'SubmitRun' || !command.quotas) return [];
  const key = command.submission.teamId;
  const { maxConcurrentRuns, maxWorkflowRunMonthly } = command.quotas;
  return [
    ...guard('team_live_runs', key, maxConcurrentRuns, 'Concurrent runs (executions)'),
    ...guard('team_monthly_runs', key, maxWorkflowRunMonthly, 'Monthly runs (executions)', () =>
      untilNextMonth(command.now),
    ),
  ];
}

/** Seconds; the month is that of UTC. */
function untilNextMonth(now: number): number {
  const today = new Date(now);
  return Math.ceil((Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1) - now) / 1000);
}

function guard(sqlFunction: string, key: string, limit: number, what: string, retryAfter?: () => number): Guard[] {
  if (limit <= 0) return [];
  const refuse = (used: number) =>
    new RefusedError(
      'QUOTA_EXCEEDED',
      `A quota has been exceeded. ${what}: ${used + 1} / ${limit}.`,
      undefined,
      retryAfter?.(),
    );
  return [{ sqlFunction, key, adds: 1, limit, refuse }];
}
