import type { ReachInTeam } from '#libs/contracts';
import { runStatuses } from '#libs/kernel';
import type { Pool } from 'pg';
import { countLabelCounters, countLabelRows } from './label-counts';
import type { OnCommonLabels } from './label-look';
import { addDays, type CountedBy, type CounterRow, day, ofCounter, type RunCount } from './run-count';
import {
  countConditions,
  counterTable,
  isCountable,
  runConditions,
  type RunFilters,
  statusConditions,
} from './run-filters';
import { type RunSelection, selectRuns } from './run-selection';

/** How many runs match, by part of the range and status. */
export async function countByDay(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  onCommon?: OnCommonLabels,
): Promise<RunCount[]> {
  return countSelected(await selectRuns(pool, reach, filters, onCommon), 'day');
}

/**
 * Counters, which every append updates, give whole days. The partial days at the ends of a range, and filters that the counters do not have,
 * are counted from the runs themselves. `needsStatus`: if not, runs whose status would have to be looked up one by one are counted together.
 */
export async function countSelected(selection: RunSelection, by: CountedBy, needsStatus = true): Promise<RunCount[]> {
  const { filters, labels } = selection;
  if (!isCountable(filters) || (labels && (labels.isFew || labels.countedId === null)))
    return countRows(selection, by, needsStatus);
  const { fromDate, toDate } = filters;
  if (fromDate !== undefined && toDate !== undefined && fromDate >= toDate) return [];
  const firstWhole = fromDate === undefined ? undefined : Math.ceil(fromDate / day) * day;
  const endWhole = toDate === undefined ? undefined : Math.floor(toDate / day) * day;
  if (firstWhole !== undefined && endWhole !== undefined && firstWhole >= endWhole)
    return countRows(selection, by, needsStatus);
  const parts: Promise<RunCount[] | null>[] = [];
  if (fromDate !== undefined && firstWhole !== undefined && fromDate < firstWhole) {
    parts.push(countRows({ ...selection, filters: { ...filters, fromDate, toDate: firstWhole } }, by, needsStatus));
  }
  parts.push(countCounters(selection, by, firstWhole, endWhole));
  if (toDate !== undefined && endWhole !== undefined && endWhole < toDate) {
    parts.push(countRows({ ...selection, filters: { ...filters, fromDate: endWhole, toDate } }, by, needsStatus));
  }
  const counts = await Promise.all(parts);
  // The counters of these labels have been given up meanwhile.
  if (counts.includes(null)) return countRows(selection, by, needsStatus);
  return counts.flatMap((each) => each ?? []);
}

/** How many runs match filters that do not ask for a status: `run_status` need not be read. */
export async function countFixed({ pool, reach, filters }: RunSelection): Promise<number> {
  const conditions = runConditions(reach, filters);
  const { rows } = await pool.query<{ runs: string }>(
    `select count(*) as runs from workflow_run where ${conditions.sql}`,
    conditions.values,
  );
  return Number(rows[0]?.runs ?? 0);
}

/** All eleven keys of the contract: `all` and each status, 0 if there is none. */
export function toStatusCounts(counts: readonly RunCount[]): Record<string, number> {
  const result: Record<string, number> = { all: 0 };
  for (const status of runStatuses) result[status] = 0;
  for (const { status, runs } of counts) {
    result[status] = (result[status] ?? 0) + runs;
    result['all'] = (result['all'] ?? 0) + runs;
  }
  return result;
}

async function countRows(selection: RunSelection, by: CountedBy, needsStatus: boolean): Promise<RunCount[]> {
  const { pool, reach, filters, labels } = selection;
  if (labels && isCountable(filters)) return countLabelRows(selection, by, needsStatus);
  const { fromDate: from = -Infinity, toDate: to = Infinity, statuses = runStatuses } = filters;
  // All statuses by name, if none is asked for: the index on statuses then finds a range of dates in each of them.
  const conditions = statusConditions(reach, { ...filters, statuses });
  const workflow = by === 'workflow' ? 'workflow_id' : 'null';
  const { rows } = await pool.query<{ status: string; workflow: string | null; runs: string }>(
    `select ${workflow} as workflow, status, count(*) as runs from run_status where ${conditions.sql} group by 1, 2`,
    conditions.values,
  );
  return rows.map(({ runs, ...row }) => ({ from, to, ...row, runs: Number(runs) }));
}

async function countCounters(
  selection: RunSelection,
  by: CountedBy,
  from?: number,
  to?: number,
): Promise<RunCount[] | null> {
  const { pool, reach, filters, labels } = selection;
  const conditions = countConditions(reach, filters);
  addDays(conditions, from, to);
  if (labels) return countLabelCounters(selection, labels.countedId, conditions, by);
  const group = by === 'day' ? 'day' : 'workflow_id';
  const table = by === 'workflow' ? 'run_count' : counterTable(reach, filters);
  const { rows } = await pool.query<CounterRow>(
    `select ${group}::text as part, status, sum(runs) as runs from ${table} where ${conditions.sql}
      group by ${group}, status having sum(runs) <> 0 order by ${group}`,
    conditions.values,
  );
  return rows.map((row) => ofCounter(row, by));
}
