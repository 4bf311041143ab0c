import type { AppendStatement } from './append';
import type { Batch } from './batch';
import type { ViewUpdate } from './types';
import type { WaitingCommand } from './waiting-command';

/** A batch as it is sent. */
export interface Sealed {
  readonly batch: Batch;
  /** Null if there is nothing to write. */
  readonly statement: AppendStatement | null;
  readonly events: number;
  readonly views: readonly ViewUpdate[];
}

/** How a batch that was sent has ended: it is committed up to this position, and its callers have no answers yet; or these of its commands must be decided again. */
export type Landing =
  | { readonly committed: true; readonly position: number }
  | { readonly committed: false; readonly again: readonly WaitingCommand[] };

/** A batch that is being committed. */
export interface Flight {
  readonly sealed: Sealed;
  /** Resolves, never rejects. */
  landed: Promise<Landing>;
  /** Whether it may still commit as it was sent. If it may not, what was decided on top of it does not hold. */
  isSound: boolean;
  isLanded: boolean;
}

/** Nothing was to be written. */
export const untouched: Landing = { committed: true, position: 0 };
