import type { ReachInTeam } from '#libs/contracts';
import type { Pool } from 'pg';
import { runStatuses } from '#libs/kernel';
import { isCountable, runConditions, type RunFilters, sharedConditions } from './run-filters';

const day = 86_400_000;

export interface DayCount {
  /** Milliseconds since the epoch at which the part of the day begins. */
  readonly from: number;
  readonly status: string;
  readonly runs: number;
}

/**
 * How many runs match, by part of the range and status. Whole days come from the counters that are kept with every append; the
 * cut-off days at the ends of a range, and filters that counters do not know, are counted from the runs themselves.
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

/** All eleven keys of the contract: `all` and each status, 0 where there is none. */
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
  const conditions = runConditions(reach, filters);
  const { rows } = await pool.query<{ status: string; runs: string }>(
    `select status, count(*) as runs from workflow_run where ${conditions.sql} group by status`,
    conditions.values,
  );
  return rows.map(({ status, runs }) => ({ from: filters.fromDate ?? -Infinity, status, runs: Number(runs) }));
}

async function countCounters(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  from?: number,
  to?: number,
): Promise<DayCount[]> {
  const conditions = sharedConditions(reach, filters);
  if (from !== undefined) conditions.add('day >= ?::date', isoDay(from));
  if (to !== undefined) conditions.add('day < ?::date', isoDay(to));
  const { rows } = await pool.query<{ day: string; status: string; runs: string }>(
    `select day::text, status, sum(runs) as runs from run_count where ${conditions.sql}
      group by day, status having sum(runs) <> 0 order by day`,
    conditions.values,
  );
  return rows.map((row) => ({ from: Date.parse(row.day), status: row.status, runs: Number(row.runs) }));
}

function isoDay(milliseconds: number): string {
  const edge = Math.min(Math.max(milliseconds, Date.UTC(1970, 0, 1)), Date.UTC(9998, 0, 1));
  return new Date(edge).toISOString().slice(0, 10);
}
