import type { AppendStatement } from './append';
import type { Batch } from './batch';
import type { ViewUpdate } from './types';
import type { WaitingCommand } from './waiting-command';

/** A batch as it is sent. */
export interface Sealed {
  readonly batch: Batch;
  /** Null where nothing is to be written. */
  readonly statement: AppendStatement | null;
  readonly events: number;
  readonly views: readonly ViewUpdate[];
}

/** What has become of a batch that was sent: it is committed up to that position, and nobody is answered yet; or these of it are to be decided again. */
export type Landing =
  | { readonly committed: true; readonly position: number }
  | { readonly committed: false; readonly again: readonly WaitingCommand[] };

/** A batch that is being committed. */
export interface Flight {
  readonly sealed: Sealed;
  /** Resolves, never rejects. */
  landed: Promise<Landing>;
  /** Whether it may still commit as it was sent: what is decided on it then holds. */
  isSound: boolean;
  isLanded: boolean;
}

/** Nothing was to be written. */
export const untouched: Landing = { committed: true, position: 0 };
