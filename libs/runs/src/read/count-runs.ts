import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import type { Pool } from 'pg';
import { runStatuses } from '#libs/kernel';
import { countConditions, isCountable, runConditions, type RunFilters, statusConditions } from './run-filters';

const day = 86_400_000;

export interface DayCount {
  /** The range of creation dates: milliseconds since the epoch, or infinite. The end is not part of it. */
  readonly from: number;
  readonly to: number;
  readonly status: string;
  readonly runs: number;
}

/**
 * How many runs match, by part of the range and status. Counters, which every append updates, give whole days. The
 * partial days at the ends of a range, and filters that the counters do not have, are counted from the runs themselves.
 */
export async function countByDay(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<DayCount[]> {
  if (!isCountable(filters)) return countRows(pool, reach, filters);
  const { fromDate, toDate } = filters;
  if (fromDate !== undefined && toDate !== undefined && fromDate >= toDate) return [];
  const firstWhole = fromDate === undefined ? undefined : Math.ceil(fromDate / day) * day;
  const endWhole = toDate === undefined ? undefined : Math.floor(toDate / day) * day;
  if (firstWhole !== undefined && endWhole !== undefined && firstWhole >= endWhole)
    return countRows(pool, reach, filters);
  const parts: Promise<DayCount[]>[] = [];
  if (fromDate !== undefined && firstWhole !== undefined && fromDate < firstWhole) {
    parts.push(countRows(pool, reach, { ...filters, fromDate, toDate: firstWhole }));
  }
  parts.push(countCounters(pool, reach, filters, firstWhole, endWhole));
  if (toDate !== undefined && endWhole !== undefined && endWhole < toDate) {
    parts.push(countRows(pool, reach, { ...filters, fromDate: endWhole, toDate }));
  }
  return (await Promise.all(parts)).flat();
}

/** How many runs match filters that do not ask for a status: `run_status` need not be read. */
export async function countFixed(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<number> {
  const conditions = runConditions(reach, filters);
  const { rows } = await pool.query<{ runs: string }>(
    `select count(*) as runs from workflow_run where ${conditions.sql}`,
    conditions.values,
  );
  return Number(rows[0]?.runs ?? 0);
}

/** All eleven keys of the contract: `all` and each status, 0 if there is none. */
export function toStatusCounts(counts: readonly DayCount[]): Record<string, number> {
  const result: Record<string, number> = { all: 0 };
  for (const status of runStatuses) result[status] = 0;
  for (const { status, runs } of counts) {
    result[status] = (result[status] ?? 0) + runs;
    result['all'] = (result['all'] ?? 0) + runs;
  }
  return result;
}

async function countRows(pool: Pool, reach: ReachInTeam, filters: RunFilters): Promise<DayCount[]> {
  const { fromDate: from = -Infinity, toDate: to = Infinity, statuses = runStatuses } = filters;
  // All statuses by name, if none is asked for: the index on statuses then finds a range of dates in each of them.
  const conditions = statusConditions(reach, { ...filters, statuses });
  const { rows } = await pool.query<{ status: string; runs: string }>(
    `select status, count(*) as runs from run_status where ${conditions.sql} group by status`,
    conditions.values,
  );
  return rows.map(({ status, runs }) => ({ from, to, status, runs: Number(runs) }));
}

async function countCounters(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  from?: number,
  to?: number,
): Promise<DayCount[]> {
  const conditions = countConditions(reach, filters);
  const table = filters.workflows || onlyWorkflowOf(reach) !== undefined ? 'run_count' : 'run_day_count';
  if (from !== undefined) conditions.add('day >= ?::date', isoDay(from));
  if (to !== undefined) conditions.add('day < ?::date', isoDay(to));
  const { rows } = await pool.query<{ day: string; status: string; runs: string }>(
    `select day::text, status, sum(runs) as runs from ${table} where ${conditions.sql}
      group by day, status having sum(runs) <> 0 order by day`,
    conditions.values,
  );
  return rows.map((row) => {
    const from = Date.parse(row.day);
    return { from, to: from + day, status: row.status, runs: Number(row.runs) };
  });
}

function isoDay(milliseconds: number): string {
  const edge = Math.min(Math.max(milliseconds, Date.UTC(1970, 0, 1)), Date.UTC(9998, 0, 1));
  return new Date(edge).toISOString().slice(0, 10);
}
