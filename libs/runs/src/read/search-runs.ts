import type { ReachInTeam } from '#libs/contracts';
import { type ListPlace, type RunPhase, type RunStatus, runStatuses } from '#libs/kernel';
import type { Pool } from 'pg';
import { countByDay, countFixed, type DayCount } from './count-runs';
import { loadRunSummaries } from './load-run-summaries';
import { placesByColumn } from './places-by-column';
import { joined, placesInWindow, type Window } from './places-in-window';
import { asksForStatus, isCountable, type RunFilters } from './run-filters';
import type { RunSummary } from './run-summary';
import { windowBehind } from './window-behind';

export interface RunPageRequest {
  /** From 0. */
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof runColumns)[number];
  /** The page behind this place; `page` then has no effect. */
  readonly after?: ListPlace;
}

/** Sort keys of lists of runs. */
export const runColumns = ['creationDate', 'workflowName', 'displayName', 'status'] as const;

/** A run in one of these phases may still change its status, from and to one of these. */
const openPhases: ReadonlySet<string> = new Set(['pending', 'queued', 'running'] satisfies RunPhase[]);
const openStatuses: readonly RunStatus[] = ['notstarted', 'ready', 'running', 'waiting'];

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Exact number of runs that match. */
  readonly total: number;
  /** The place of the last run, if others follow it. */
  readonly next: ListPlace | null;
}

/** One page of a search, without tasks. Finds ids by index first, and reads only the page's own rows in full. */
export async function searchRuns(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
): Promise<RunPage> {
  const counts = await countsOf(pool, reach, filters);
  const total = counts.reduce((sum, { runs }) => sum + runs, 0);
  const { limit, sort, after } = request;
  const offset = after ? 0 : request.page * limit;
  if (offset >= total) return { runs: [], total, next: null };
  const found =
    sort === 'creationDate'
      ? await placesByDate(pool, reach, filters, request, counts)
      : await placesByColumn(pool, reach, filters, { ...request, sort, offset, limit: limit + 1 });
  const places = found.slice(0, limit);
  const hasMore = found.length > limit || (!after && offset + places.length < total);
  const runs = await loadRunSummaries(
    pool,
    places.map(({ id }) => id),
  );
  return { runs, total, next: hasMore ? (places.at(-1) ?? null) : null };
}

/** Those of the page; behind a place one more, if there is one. */
async function placesByDate(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
  counts: readonly DayCount[],
): Promise<ListPlace[]> {
  const { order, after } = request;
  if (after) {
    const statuses = asksForStatus(filters) ? statusesOf(filters, counts) : null;
    const { counted, whole } = windowBehind(filters, counts, { ...request, after }, statuses);
    const places = await placesInWindow(pool, reach, counted);
    // Some may have left the filter since they were counted: then more are needed from further on.
    return places.length > request.limit || counted === whole ? places : placesInWindow(pool, reach, whole);
  }
  const window = windowOf(filters, counts, request);
  const places = await placesInWindow(pool, reach, window);
  return window.readsUp === (order === 'ASC') ? places : places.reverse();
}

async function countsOf(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<DayCount[]> {
  if (isCountable(filters) || asksForStatus(filters)) return countByDay(pool, reach, filters);
  return [{ from: -Infinity, to: Infinity, status: 'any', runs: await countFixed(pool, reach, filters) }];
}

/**
 * Reads only the days in which the page lies, as the counters tell, and from the nearer end, so that little is skipped or looked at in
 * vain.
 */
function windowOf(filters: RunFilters, counts: readonly DayCount[], request: RunPageRequest): Window {
  const total = counts.reduce((sum, { runs }) => sum + runs, 0);
  const offset = request.page * request.limit;
  const limit = Math.min(request.limit, total - offset);
  const begin = request.order === 'ASC' ? offset : total - offset - limit;
  const sums = new Map<number, number>();
  for (const { from, runs } of counts) sums.set(from, (sums.get(from) ?? 0) + runs);
  let before = 0;
  let inside = 0;
  const read = new Set<number>();
  for (const [from, runs] of [...sums].sort(([a], [b]) => a - b)) {
    if (before + inside >= begin + limit) break;
    if (inside === 0 && before + runs <= begin) before += runs;
    else {
      inside += runs;
      read.add(from);
    }
  }
  const days = counts.filter(({ from }) => read.has(from)).sort((a, b) => a.from - b.from);
  const { statuses: _statuses, ...others } = filters;
  const fromDate = Math.max(filters.fromDate ?? -Infinity, Math.min(...days.map(({ from }) => from)));
  const toDate = Math.min(filters.toDate ?? Infinity, Math.max(...days.map(({ to }) => to)));
  const [first, last] = [begin - before, before + inside - begin - limit];
  return {
    filters: {
      ...others,
      ...(fromDate > -Infinity && { fromDate }),
      ...(toDate < Infinity && { toDate }),
    },
    ranges: joined(days),
    statuses: asksForStatus(filters) ? statusesOf(filters, days) : null,
    offset: Math.min(first, last),
    readsUp: first <= last,
    limit,
  };
}

/**
 * Those that are asked for. For phases alone, those that the counters name, and those that such a run may have taken on since: the status of
 * a run that has ended does not change any more.
 */
function statusesOf({ statuses, phases = [] }: RunFilters, days: readonly DayCount[]): readonly string[] {
  const open = phases.filter((phase) => openPhases.has(phase)).length;
  const all = open > 0 && open < phases.length ? runStatuses : openStatuses;
  return [...new Set(statuses ?? [...days.map(({ status }) => status), ...all])];
}
