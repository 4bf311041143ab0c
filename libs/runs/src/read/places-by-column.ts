import type { ReachInTeam } from '#libs/contracts';
import type { ListPlace } from '#libs/kernel';
import type { Pool } from 'pg';
import { type PlaceRow, placeColumns, toPlace } from './places-in-window';
import { asksForStatus, runConditions, type RunFilters, statusConditions } from './run-filters';

const columns = {
  workflowName: `fixed -> 'workflow' ->> 'name'`,
  displayName: `lower(fixed -> 'workflow' ->> 'displayName')`,
  status: 'status',
} as const;

interface Sorted {
  readonly sort: keyof typeof columns;
  readonly order: 'ASC' | 'DESC';
  readonly offset: number;
  readonly limit: number;
  /** Only runs behind this place. */
  readonly after?: ListPlace | undefined;
}

/** Places of runs in the order of a column, and of creation among equals. */
export async function placesByColumn(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  { sort, order, offset, limit, after }: Sorted,
): Promise<ListPlace[]> {
  const column = columns[sort];
  const isByStatus = sort === 'status';
  const needsStatus = isByStatus || asksForStatus(filters);
  const conditions = needsStatus ? statusConditions(reach, filters) : runConditions(reach, filters);
  const matching =
    needsStatus && !isByStatus ? `id in (select id from run_status where ${conditions.sql})` : conditions.sql;
  const behind = conditions.beside();
  if (after) behind.addBehind(after, order, column);
  const [most, skipped] = [behind.value(limit), behind.value(offset)];
  const { rows } = await pool.query<PlaceRow>(
    `select ${placeColumns}, ${column} as key from ${isByStatus ? 'run_status' : 'workflow_run'}
      where ${matching} and ${behind.sql}
      order by ${column} ${order}, creation_date ${order}, id ${order} limit ${most} offset ${skipped}`,
    behind.values,
  );
  return rows.map(toPlace);
}
