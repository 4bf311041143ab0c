import type { Status } from '../parts/status';

/** The answer of a count: exact totals by status. */
export interface RunCounts {
  readonly status: Readonly<Record<Status | 'all', number>>;
}
