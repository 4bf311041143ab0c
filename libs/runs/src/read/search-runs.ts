import type { ReachInTeam } from '#libs/contracts';
import { type RunPhase, type RunStatus, runStatuses } from '#libs/kernel';
import type { Pool } from 'pg';
import { countByDay, countFixed, type DayCount } from './count-runs';
import { loadRunSummaries } from './load-run-summaries';
import { asksForStatus, isCountable, runConditions, type RunFilters, statusConditions } from './run-filters';
import type { RunSummary } from './run-summary';

export interface RunPageRequest {
  /** From 0. */
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof runColumns)[number];
}

/** Sort keys of lists of runs. */
export const runColumns = ['creationDate', 'workflowName', 'displayName', 'status'] as const;

const columns = {
  workflowName: `fixed -> 'workflow' ->> 'name'`,
  displayName: `lower(fixed -> 'workflow' ->> 'displayName')`,
} as const;

/** A run in one of these phases may still change its status, from and to one of these. */
const openPhases: ReadonlySet<string> = new Set(['pending', 'queued', 'running'] satisfies RunPhase[]);
const openStatuses: readonly RunStatus[] = ['notstarted', 'ready', 'running', 'waiting'];

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Exact number of runs that match. */
  readonly total: number;
}

/** The part of the runs that a page is read from, and where in it the page lies. */
interface Window {
  /** Without statuses. */
  readonly filters: RunFilters;
  /** The statuses to look for; null: any. */
  readonly statuses: readonly string[] | null;
  /** Counted from the first run if `readsUp`, else from the last. */
  readonly offset: number;
  readonly readsUp: boolean;
  readonly limit: number;
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
  const offset = request.page * request.limit;
  if (offset >= total) return { runs: [], total };
  const ids =
    request.sort === 'creationDate'
      ? await idsInWindow(pool, reach, request, windowOf(filters, counts, total, request, offset))
      : await idsByColumn(pool, reach, filters, request, request.sort, offset);
  return { runs: await loadRunSummaries(pool, ids), total };
}

/** Exact number of runs that match. */
export async function countRuns(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<number> {
  return (await countsOf(pool, reach, filters)).reduce((sum, { runs }) => sum + runs, 0);
}

async function countsOf(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<DayCount[]> {
  if (isCountable(filters) || asksForStatus(filters)) return countByDay(pool, reach, filters);
  return [{ from: -Infinity, to: Infinity, status: 'any', runs: await countFixed(pool, reach, filters) }];
}

/**
 * Reads only the days in which the page lies, as the counters tell, and from the nearer end, so that little is skipped or looked at in
 * vain.
 */
function windowOf(
  filters: RunFilters,
  counts: readonly DayCount[],
  total: number,
  request: RunPageRequest,
  offset: number,
): Window {
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
  const days = counts.filter(({ from }) => read.has(from));
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

/** Reads upwards or downwards, whatever the window says; returns the requested order. */
async function idsInWindow(pool: Pool, reach: ReachInTeam, request: RunPageRequest, window: Window): Promise<string[]> {
  const { filters, statuses, readsUp } = window;
  const direction = readsUp ? 'asc' : 'desc';
  const order = `order by creation_date ${direction}, id ${direction}`;
  const conditions = statuses ? statusConditions(reach, filters) : runConditions(reach, filters);
  // The index has the order of creation within one status: several are merged.
  const tables = statuses?.map((each) => `run_status where status = ${conditions.value(each)} and`) ?? [
    'workflow_run where',
  ];
  const enough = conditions.value(window.offset + window.limit);
  const found = tables.map(
    (table) => `(select creation_date, id from ${table} ${conditions.sql} ${order} limit ${enough})`,
  );
  const limit = conditions.value(window.limit);
  const offset = conditions.value(window.offset);
  const { rows } = await pool.query<{ id: string }>(
    `select id from (${found.join(' union all ')}) as found ${order} limit ${limit} offset ${offset}`,
    conditions.values,
  );
  const ids = rows.map((row) => row.id);
  return readsUp === (request.order === 'ASC') ? ids : ids.reverse();
}

async function idsByColumn(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
  sort: Exclude<RunPageRequest['sort'], 'creationDate'>,
  offset: number,
): Promise<string[]> {
  const needsStatus = sort === 'status' || asksForStatus(filters);
  const conditions = needsStatus ? statusConditions(reach, filters) : runConditions(reach, filters);
  const direction = request.order === 'ASC' ? 'asc' : 'desc';
  const order = `${direction}, creation_date ${direction}, id ${direction}`;
  const ofStatus = `select id from run_status where ${conditions.sql}`;
  const found =
    sort === 'status'
      ? `${ofStatus} order by status ${order}`
      : `select id from workflow_run where ${needsStatus ? `id in (${ofStatus})` : conditions.sql}
          order by ${columns[sort]} ${order}`;
  const limit = conditions.value(request.limit);
  const skip = conditions.value(offset);
  const { rows } = await pool.query<{ id: string }>(`${found} limit ${limit} offset ${skip}`, conditions.values);
  return rows.map((row) => row.id);
}
