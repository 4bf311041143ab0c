import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { Conditions, toDate } from '#libs/database';
import type { Pool } from 'pg';
import { allWorkflows } from './run-count';
import { countConditions, counterTable } from './run-filters';

export const insightPeriods = ['hour', 'day', 'week'] as const;
export type InsightPeriod = (typeof insightPeriods)[number];

/** What is asked for, in whole periods: the times are the beginnings of two, milliseconds since the epoch. */
export interface InsightsRequest {
  readonly period: InsightPeriod;
  /** Of creation dates; the end is not part of it. */
  readonly from: number;
  readonly to: number;
  /** Ids; absent: all of the team. */
  readonly workflows?: readonly string[];
  /** Absent: all. */
  readonly statuses?: readonly string[];
}

/** Shapes of failures that are told apart: of the whole range, and of each period. The others are counted together. */
const shapesOfAll = 20;
const shapesOfPeriod = 5;

/** Buckets of lengths have a ratio of `growth`, so that a value in the middle of one is off by 1 % at most. */
const growth = 1.01 / 0.99;

/** The length of which a bucket stands, in milliseconds: within 1 % and half a millisecond of every length in it. */
export function lengthOf(bucket: number): number {
  return bucket < 0 ? 0 : Math.round((2 * growth ** bucket) / (growth + 1));
}

export interface Lengths {
  readonly runs: number;
  /** Milliseconds, exact. */
  readonly total: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
}

export interface FailureShape {
  readonly shape: string;
  readonly runs: number;
  /** The newest run of that shape. */
  readonly latest: string;
}

/** How the finished runs of a period ended. */
export interface Outcomes {
  readonly statuses: Readonly<Record<string, number>>;
  readonly running: Lengths | null;
  readonly queueing: Lengths | null;
  /** The most frequent first. */
  readonly failures: readonly FailureShape[];
  /** Failures of other shapes. */
  readonly otherFailures: number;
}

export interface RunInsights {
  readonly all: Outcomes;
  /** Of each period in which a run was created that has finished: by its beginning. */
  readonly periods: ReadonlyMap<number, Outcomes>;
}

interface CountRow {
  /** Null: the whole range. */
  start: string | null;
  measure: 'queueing' | 'running';
  status: string | null;
  runs: string;
  total: string;
  p50: number;
  p95: number;
  p99: number;
}

interface ShapeRow {
  start: string | null;
  shape: string | null;
  runs: string;
  latest: string;
}

/** Where the lengths are counted from: hours from the runs themselves, days and weeks from the counts of days. */
function lengthsOf(reach: ReachInTeam, { period, from, to, workflows, statuses }: InsightsRequest): Conditions {
  const own = onlyWorkflowOf(reach);
  const conditions = Conditions.within(reach.team.id);
  if (period === 'hour') {
    if (own !== undefined) conditions.add('workflow_id = ?::uuid', own);
    if (workflows) conditions.add('workflow_id = any(?::uuid[])', workflows);
    conditions.add('created >= ?::timestamptz', toDate(from)).add('created < ?::timestamptz', toDate(to));
  } else {
    const asked = workflows ?? [own ?? allWorkflows];
    conditions.add('workflow_id = any(?::uuid[])', own === undefined ? asked : asked.filter((id) => id === own));
    conditions.add('day >= ?::date', toDate(from)).add('day < ?::date', toDate(to));
  }
  if (statuses) conditions.add('status = any(?::text[])', statuses);
  return conditions;
}

const sources: Readonly<Record<InsightPeriod, (conditions: string) => string>> = {
  hour: (conditions) =>
    `select date_trunc('hour', created, 'UTC') as start, m.measure, length_bucket(m.length) as bucket, status, count(*) as runs, sum(m.length) as total
       from run_outcome cross join lateral (values ('queueing', queueing), ('running', running)) as m(measure, length)
      where ${conditions} and m.length is not null group by 1, 2, 3, 4`,
  day: (conditions) => countsOfDays('day', conditions),
  week: (conditions) => countsOfDays(`day - extract(isodow from day)::int + 1`, conditions),
};

/** Sums first: a year has a hundred thousands of counts, of which the rest makes several sums. `start`: the day on which the period begins. */
function countsOfDays(start: string, conditions: string): string {
  return `select start::timestamp at time zone 'UTC' as start, measure, bucket, status, runs, total
            from (select ${start} as start, measure, bucket, status, sum(runs)::bigint as runs, sum(total)::bigint as total
                    from run_length_count where ${conditions} group by 1, 2, 3, 4 having sum(runs) <> 0) as counts`;
}

/** Whose nearest rank a percentile is: of n lengths, that at place ceil(share · n). */
const rank = (share: number) => `min(bucket) filter (where upto >= ceil(${share} * runs_of_all))`;

/** How runs ended that were created in a range; see ADR 0027. */
export async function readInsights(pool: Pool, reach: ReachInTeam, request: InsightsRequest): Promise<RunInsights> {
  const [counts, shapes] = await Promise.all([readCounts(pool, reach, request), readShapes(pool, reach, request)]);
  const starts = new Set([...counts, ...shapes].flatMap(({ start }) => (start === null ? [] : [Number(start)])));
  const of = (start: number | null): Outcomes => {
    const isOwn = (row: { readonly start: string | null }) =>
      row.start === null ? start === null : Number(row.start) === start;
    const [ownCounts, ownShapes] = [counts.filter(isOwn), shapes.filter(isOwn)];
    return {
      statuses: Object.fromEntries(
        ownCounts.flatMap(({ status, runs }) => (status === null ? [] : [[status, Number(runs)]])),
      ),
      running: lengthsIn(ownCounts, 'running'),
      queueing: lengthsIn(ownCounts, 'queueing'),
      failures: ownShapes
        .flatMap(({ shape, runs, latest }) => (shape === null ? [] : [{ shape, runs: Number(runs), latest }]))
        .sort((one, other) => other.runs - one.runs || (one.shape < other.shape ? -1 : 1)),
      otherFailures: Number(ownShapes.find(({ shape }) => shape === null)?.runs ?? 0),
    };
  };
  return { all: of(null), periods: new Map([...starts].sort((a, b) => a - b).map((start) => [start, of(start)])) };
}

function lengthsIn(rows: readonly CountRow[], wanted: CountRow['measure']): Lengths | null {
  const row = rows.find(({ measure, status }) => measure === wanted && status === null);
  if (!row) return null;
  return {
    runs: Number(row.runs),
    total: Number(row.total),
    median: lengthOf(row.p50),
    p95: lengthOf(row.p95),
    p99: lengthOf(row.p99),
  };
}

/** For each period and for all: a row for each measure, with its percentiles, and one for each status. */
async function readCounts(pool: Pool, reach: ReachInTeam, request: InsightsRequest): Promise<CountRow[]> {
  const conditions = lengthsOf(reach, request);
  const { rows } = await pool.query<CountRow>(
    `with c as materialized (${sources[request.period](conditions.sql)}),
          l as (select start, measure, bucket, sum(runs) as runs, sum(total) as total
                  from c group by grouping sets ((start, measure, bucket), (measure, bucket))),
          w as (select *, sum(runs) over (partition by start, measure order by bucket) as upto,
                       sum(runs) over (partition by start, measure) as runs_of_all from l)
     select extract(epoch from start) * 1000 as start, measure, null as status, sum(runs) as runs, sum(total) as total,
            ${rank(0.5)} as p50, ${rank(0.95)} as p95, ${rank(0.99)} as p99
       from w group by start, measure
     union all
     select extract(epoch from start) * 1000, measure, status, sum(runs), sum(total), 0, 0, 0
       from c where measure = 'queueing' group by grouping sets ((start, measure, status), (measure, status))`,
    conditions.values,
  );
  return rows;
}

/** For each period and for all: a row for each of the most frequent shapes, and one without a shape for the others. */
async function readShapes(pool: Pool, reach: ReachInTeam, request: InsightsRequest): Promise<ShapeRow[]> {
  const { period, from, to, workflows, statuses } = request;
  const conditions = Conditions.within(reach.team.id, onlyWorkflowOf(reach));
  conditions.add('created >= ?::timestamptz', toDate(from)).add('created < ?::timestamptz', toDate(to));
  if (workflows) conditions.add('workflow_id = any(?::uuid[])', workflows);
  if (statuses) conditions.add('status = any(?::text[])', statuses);
  const trunc = conditions.value(period);
  const { rows } = await pool.query<ShapeRow>(
    `with o as (select date_trunc(${trunc}::text, created, 'UTC') as start, shape, id from run_outcome where shape is not null and ${conditions.sql}),
          f as (select start, shape, count(*) as runs, max(id::text) as latest from o group by grouping sets ((start, shape), (shape))),
          r as (select *, row_number() over (partition by start order by runs desc, shape) as place from f)
     select extract(epoch from start) * 1000 as start,
            case when place <= case when start is null then ${shapesOfAll} else ${shapesOfPeriod} end then shape end as shape,
            sum(runs) as runs, max(latest) as latest
       from r group by 1, 2`,
    conditions.values,
  );
  return rows;
}

/** How many runs are under way now. */
export async function countRunning(
  pool: Pool,
  reach: ReachInTeam,
  workflows: readonly string[] | undefined,
): Promise<number> {
  const filters = { phases: ['running'], ...(workflows && { workflows }) };
  const conditions = countConditions(reach, filters);
  const { rows } = await pool.query<{ runs: string }>(
    `select coalesce(sum(runs), 0) as runs from ${counterTable(reach, filters)} where ${conditions.sql}`,
    conditions.values,
  );
  return Number(rows[0]?.runs ?? 0);
}
