import type { ReachInTeam } from '#libs/contracts';
import type { Pool } from 'pg';
import { countByDay } from './count-runs';
import { loadRunSummaries } from './load-run-summaries';
import { isCountable, runConditions, type RunFilters } from './run-filters';
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
  status: 'status',
} as const;

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Exact number of runs that match. */
  readonly total: number;
}

interface Window {
  readonly filters: RunFilters;
  readonly offset: number;
  readonly reverse: boolean;
  readonly limit: number;
}

/** One page of a search, without tasks. Finds ids by index first, and reads only the page's own rows in full. */
export async function searchRuns(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
): Promise<RunPage> {
  const counts = await countByDay(pool, reach, filters);
  const total = counts.reduce((sum, { runs }) => sum + runs, 0);
  const offset = request.page * request.limit;
  if (offset >= total) return { runs: [], total };
  const ids =
    request.sort === 'creationDate'
      ? await idsInWindow(pool, reach, request, windowOf(filters, counts, total, request, offset))
      : await idsByColumn(pool, reach, filters, request, columns[request.sort], offset);
  return { runs: await loadRunSummaries(pool, ids), total };
}

/**
 * Where in the index to read the page. A deep page skips earlier days with their counters, and a page in the last half
 * is read from the other end, so that `offset` stays small.
 */
function windowOf(
  filters: RunFilters,
  counts: readonly { from: number; runs: number }[],
  total: number,
  request: RunPageRequest,
  offset: number,
): Window {
  const limit = Math.min(request.limit, total - offset);
  const ascending = request.order === 'ASC' ? offset : total - offset - limit;
  const plain: Window =
    ascending <= total - ascending - limit
      ? { filters, offset: ascending, limit, reverse: request.order === 'DESC' }
      : { filters, offset: total - ascending - limit, limit, reverse: request.order === 'ASC' };
  if (!isCountable(filters)) return plain;
  const days = new Map<number, number>();
  for (const { from, runs } of counts) days.set(from, (days.get(from) ?? 0) + runs);
  let before = 0;
  let start: number | undefined;
  for (const [from, runs] of [...days].sort(([a], [b]) => a - b)) {
    if (before > ascending) break;
    if (before + runs > ascending) {
      start = from;
      break;
    }
    before += runs;
  }
  if (start === undefined || start === -Infinity || ascending - before >= plain.offset) return plain;
  const fromDate = Math.max(start, filters.fromDate ?? -Infinity);
  return { filters: { ...filters, fromDate }, offset: ascending - before, limit, reverse: request.order === 'DESC' };
}

/** Reads upwards, or downwards if the window counts from the end; returns the requested order. */
async function idsInWindow(pool: Pool, reach: ReachInTeam, request: RunPageRequest, window: Window): Promise<string[]> {
  const conditions = runConditions(reach, window.filters);
  const wanted = request.order === 'ASC';
  const readsUp = wanted !== window.reverse;
  const direction = readsUp ? 'asc' : 'desc';
  const limit = conditions.value(window.limit);
  const offset = conditions.value(window.offset);
  const { rows } = await pool.query<{ id: string }>(
    `select id from workflow_run where ${conditions.sql}
      order by creation_date ${direction}, id ${direction} limit ${limit} offset ${offset}`,
    conditions.values,
  );
  const ids = rows.map((row) => row.id);
  return readsUp === wanted ? ids : ids.reverse();
}

async function idsByColumn(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
  column: string,
  offset: number,
): Promise<string[]> {
  const conditions = runConditions(reach, filters);
  const direction = request.order === 'ASC' ? 'asc' : 'desc';
  const limit = conditions.value(request.limit);
  const skip = conditions.value(offset);
  const { rows } = await pool.query<{ id: string }>(
    `select id from workflow_run where ${conditions.sql}
      order by ${column} ${direction}, creation_date ${direction}, id ${direction}
      limit ${limit} offset ${skip}`,
    conditions.values,
  );
  return rows.map((row) => row.id);
}
