import type { ReachInTeam } from '#libs/contracts';
import { toDate } from '#libs/database';
import type { ListPlace } from '#libs/kernel';
import type { Pool } from 'pg';
import { runConditions, type RunFilters, statusConditions } from './run-filters';

/** Creation dates: milliseconds since the epoch, or infinite. The end is not part of it. */
export interface DateRange {
  readonly from: number;
  readonly to: number;
}

/** The part of the runs that a page is read from, and where in it the page lies. */
export interface Window {
  /** Without statuses. */
  readonly filters: RunFilters;
  /** The ranges of dates within those of the filters that have such runs, in order. */
  readonly ranges: readonly DateRange[];
  /** The statuses to look for; null: any. */
  readonly statuses: readonly string[] | null;
  /** Counted from the first run if `readsUp`, else from the last. */
  readonly offset: number;
  readonly readsUp: boolean;
  readonly limit: number;
  /** Only runs behind this place, in the direction in which it reads. */
  readonly after?: ListPlace;
}

export interface PlaceRow {
  readonly id: string;
  readonly created: number;
}

/** The columns of a `PlaceRow`. */
export const placeColumns = 'id, (extract(epoch from creation_date) * 1000)::float8 as created';

export function toPlace({ id, created }: PlaceRow): ListPlace {
  return { id, creationDate: Math.round(created) };
}

/** Places of runs in the order in which the window is read, along the index of creation dates. */
export async function placesByDate(pool: Pool, reach: ReachInTeam, window: Window): Promise<ListPlace[]> {
  const { filters, statuses, readsUp, ranges } = window;
  const direction = readsUp ? 'asc' : 'desc';
  const order = `order by creation_date ${direction}, id ${direction}`;
  const conditions = statuses ? statusConditions(reach, filters) : runConditions(reach, filters);
  if (window.after) conditions.addBehind(window.after, readsUp ? 'ASC' : 'DESC');
  // The index has the order of creation within one status: several are merged.
  const tables = statuses?.map((each) => `run_status where status = ${conditions.value(each)} and`) ?? [
    'workflow_run where',
  ];
  const enough = conditions.value(window.offset + window.limit);
  const rowsOf = (table: string, more = ''): string =>
    `select creation_date, id from ${table} ${conditions.sql} ${more} ${order} limit ${enough}`;
  let found = tables.map((table) => `(${rowsOf(table)})`);
  if (isSparse(ranges)) {
    // Each range by itself, so that nothing is read of what lies between them.
    const begins = conditions.value(ranges.map(({ from }) => toDate(from)));
    const ends = conditions.value(ranges.map(({ to }) => toDate(to)));
    const own = 'and creation_date >= range.begins and creation_date < range.ends';
    found = tables.map(
      (table) =>
        `select found.* from unnest(${begins}::timestamptz[], ${ends}::timestamptz[]) as range(begins, ends)
           cross join lateral (${rowsOf(table, own)}) as found`,
    );
  }
  const limit = conditions.value(window.limit);
  const offset = conditions.value(window.offset);
  const { rows } = await pool.query<PlaceRow>(
    `select ${placeColumns} from (${found.join(' union all ')}) as found ${order} limit ${limit} offset ${offset}`,
    conditions.values,
  );
  return rows.map(toPlace);
}

/** Ranges that touch become one. `ranges`: in order. */
export function joined(ranges: readonly DateRange[]): DateRange[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of ranges) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

/** Whether more time lies between the ranges than in them. */
function isSparse(ranges: readonly DateRange[]): boolean {
  const covered = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return covered * 2 < (ranges.at(-1)?.to ?? 0) - (ranges[0]?.from ?? 0);
}
