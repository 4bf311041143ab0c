import type { ListPlace } from '#libs/kernel';
import { joined, type Window } from './places-in-window';
import type { RunCount } from './run-count';
import type { RunFilters } from './run-filters';

/** `counted`: from the place on, no further than the days that hold one run more than the page has, as the counters told. */
export function windowBehind(
  { statuses: _statuses, ...filters }: RunFilters,
  counts: readonly RunCount[],
  { order, limit, after }: { readonly order: 'ASC' | 'DESC'; readonly limit: number; readonly after: ListPlace },
  statuses: readonly string[] | null,
): { readonly counted: Window; readonly whole: Window } {
  const readsUp = order === 'ASC';
  const ahead = counts
    .filter(({ from, to }) => (readsUp ? to > after.creationDate : from <= after.creationDate))
    .sort((a, b) => (readsUp ? a.from - b.from : b.from - a.from));
  // Of the part in which the place lies, nobody knows how many runs are behind it.
  let sure = 0;
  const last = ahead.find(({ from, to, runs }) => {
    if (readsUp ? from > after.creationDate : to <= after.creationDate) sure += runs;
    return sure > limit;
  });
  const windowOf = (parts: readonly RunCount[]): Window => {
    const ranges = joined(parts.toSorted((a, b) => a.from - b.from));
    const first = Math.max(filters.fromDate ?? -Infinity, ranges[0]?.from ?? -Infinity);
    const end = Math.min(filters.toDate ?? Infinity, ranges.at(-1)?.to ?? Infinity);
    const dates = { ...(first > -Infinity && { fromDate: first }), ...(end < Infinity && { toDate: end }) };
    return {
      filters: { ...filters, ...dates },
      ranges,
      statuses,
      offset: 0,
      readsUp,
      limit: limit + 1,
      after,
    };
  };
  const whole = windowOf(ahead);
  const near = ahead.filter(({ from }) => last && (readsUp ? from <= last.from : from >= last.from));
  return { counted: last ? windowOf(near) : whole, whole };
}
