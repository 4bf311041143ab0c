import type { RunFilters } from './run-filters';

/** The part of the runs that a page is read from, and where in it the page lies. */
export interface Window {
  /** Without statuses. */
  readonly filters: RunFilters;
  /** The ranges of dates within those of the filters that have such runs, in order; the ends are not part of them. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  /** The statuses to look for; null: any. */
  readonly statuses: readonly string[] | null;
  /** Counted from the first run if `readsUp`, else from the last. */
  readonly offset: number;
  readonly readsUp: boolean;
  readonly limit: number;
}
