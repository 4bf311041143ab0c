import type { ReachInTeam } from '#libs/contracts';
import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { LabelCounter } from '../application/label-counter';
import { countByDay } from './count-runs';
import type { RunFilters } from './run-filters';
import { selectRuns } from './run-selection';
import { countRuns, type RunPageRequest, searchRuns } from './search-runs';
import { selectStandings } from './select-standings';

const [team, w1, w2] = [newId(), newId(), newId()];
const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
const reach: ReachInTeam = {
  kind: 'team',
  team: { id: team, name: 'a' },
  permissions: ['**/**'],
  ofInstallation: false,
};
/** 100,000 runs of 100 days, each with labels that half, a twentieth and a 5,000th of the others carry too. */
const seed = `
  select workflow_run_add(
           array_agg(('019b0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid), array_agg($1::uuid),
           array_agg(case when n % 50 = 0 then $3::uuid else $2::uuid end), array_agg(case when n % 1000 = 7 then 'running' else 'succeeded' end),
           array_agg(case when n % 1000 = 7 then 'running' else 'finalized' end), array_agg((array['manual','engine'])[1 + n % 2]),
           array_agg($4::bigint + n * 86400::bigint),
           array_agg(jsonb_build_object('half', (n / 2 % 2)::text, 'twentieth', (n % 20)::text, 'rare', (n % 5000)::text)),
           array_agg(jsonb_build_object('id', n, 'creationDate', n, 'workflow', jsonb_build_object('id', $2::uuid))), array_agg('{}'::json))
    from generate_series($5::int + 1, $5::int + 20000) n`;
const counters = `
  insert into run_count select team_id, workflow_id, (creation_date at time zone 'UTC')::date, status, phase, trigger, count(*) from run_status
   group by 1, 2, 3, 4, 5, 6`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Tables that grow with the runs. */
const growing = new Set(['workflow_run', 'run_status', 'run_label']);
/** Rows that a statement may look at: a label's of one day at most, with what is looked up for each. */
const most = 3500;

describe('the plans of searches and counts by labels', () => {
  let database: TestDatabase;
  let owner: Pool;
  const faults: string[] = [];

  /** Runs each statement and then explains it. */
  const explaining = {
    query: async (given: string | { readonly text: string; readonly values: unknown[] }, values: unknown[] = []) => {
      const [text, parameters] = typeof given === 'string' ? [given, values] : [given.text, given.values];
      const { rows } = await owner.query<{ 'QUERY PLAN': [{ readonly Plan: PlanNode }] }>(
        `explain (analyze, timing off, format json) ${text}`,
        parameters,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      if (plan) {
        const looked = lookedAt(plan);
        if (looked > most) faults.push(`${looked} rows: ${text}`);
      }
      return owner.query(text, parameters);
    },
  } as unknown as Pool;

  const lookedAt = (node: PlanNode): number => {
    const isGrowing = growing.has(node['Relation Name'] ?? '');
    if (isGrowing && node['Node Type'] === 'Seq Scan') faults.push(`a scan of ${node['Relation Name'] ?? ''}`);
    const own = isGrowing ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'] : 0;
    return (node.Plans ?? []).reduce((sum, child) => sum + lookedAt(child), own);
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new Pool({ connectionString: database.ownerUrl, max: 3 });
    for (let from = 0; from < 100_000; from += 20_000) await owner.query(seed, [team, w1, w2, begin, from]);
    await owner.query(counters);
    await owner.query(
      `insert into counted_labels (team_id, labels) values ($1, '{"half":"1"}'), ($1, '{"twentieth":"3"}'), ($1, '{"half":"1","twentieth":"3"}')`,
      [team],
    );
    expect(await new LabelCounter(owner).pass()).toBe(3);
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  const labels: readonly (readonly [Record<string, string>, number])[] = [
    [{ half: '1' }, 50_000],
    [{ twentieth: '3' }, 5000],
    [{ half: '1', twentieth: '3' }, 5000],
    [{ rare: '7' }, 20],
    [{ rare: '7', half: '1' }, 20],
  ];
  const others: readonly Omit<RunFilters, 'labels'>[] = [
    {},
    { statuses: ['succeeded'] },
    { statuses: ['running'] },
    { phases: ['running'] },
    { workflows: [w1] },
    { workflows: [w2] },
    { triggers: ['manual'] },
    { fromDate: begin + 10 * day + 3_600_000, toDate: begin + 80 * day + 3_600_000 },
  ];
  const check = async (filters: RunFilters, runs: number): Promise<void> => {
    faults.length = 0;
    await countByDay(explaining, reach, filters);
    for (const sort of ['creationDate', 'workflowName', 'status'] as const) {
      for (const order of ['ASC', 'DESC'] as const) {
        for (const page of [0, Math.floor(runs / 20)]) {
          const request: RunPageRequest = { page, limit: 10, order, sort };
          await searchRuns(explaining, reach, filters, request);
        }
      }
    }
    expect(faults).toEqual([]);
  };
  const cases = labels.flatMap(([each, runs]) =>
    others.map((other) => [JSON.stringify({ ...each, ...other }), { labels: each, ...other }, runs] as const),
  );

  it.each(cases)('look at few rows before the planner knows the tables: %s', (_name, filters, runs) =>
    check(filters, runs),
  );

  const selections: readonly (readonly [RunFilters, number | null])[] = [
    [{ labels: { half: '1' } }, 50_000],
    [{ labels: { twentieth: '3' } }, 5000],
    [{ labels: { rare: '7', half: '1' } }, 20],
    // Nobody has counted these.
    [{ labels: { half: '0' } }, null],
    [{ labels: { twentieth: '4' } }, null],
  ];
  const select = async (filters: RunFilters, runs: number | null): Promise<void> => {
    faults.length = 0;
    const selection = await selectRuns(explaining, reach, filters);
    expect(await countRuns(selection)).toBe(runs);
    const { standings } = await selectStandings(selection, 1000);
    expect([standings.length, faults]).toEqual([Math.min(1000, runs ?? 1000), []]);
  };
  const selected = selections.map(([filters, runs]) => [JSON.stringify(filters.labels), filters, runs] as const);

  it.each(selected)('of a selection look at few rows before the planner knows the tables: %s', (_name, filters, runs) =>
    select(filters, runs),
  );

  it('and the planner learns', () => owner.query('analyze'));

  it.each(cases)('look at few rows once it does: %s', (_name, filters, runs) => check(filters, runs));

  it.each(selected)('of a selection look at few rows once it does: %s', (_name, filters, runs) =>
    select(filters, runs),
  );
});
