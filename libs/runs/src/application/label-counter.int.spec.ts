import type { ReachInTeam } from '#libs/contracts';
import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { LabelInterest } from './label-interest';
import { countByDay, toStatusCounts } from '../read/count-runs';
import type { RunFilters } from '../read/run-filters';
import { searchRuns } from '../read/search-runs';
import { LabelCounter } from './label-counter';

const [team, other, w1, w2] = [newId(), newId(), newId(), newId()];
const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
const reach: ReachInTeam = {
  kind: 'team',
  team: { id: team, name: 'a' },
  permissions: ['**/**'],
  ofInstallation: false,
};
const ofWorkflow: ReachInTeam = { ...reach, kind: 'workflow', workflowId: w2 };
const half = { half: '1' };

/** 9,000 runs of 60 days, of two teams, with the counters that belong to them, as appends would have written them. */
const seed = `
  with made as (
    select n, ('019b0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id, case when n % 9 = 0 then $2::uuid else $1::uuid end as team,
           case when n % 3 = 0 then $4::uuid else $3::uuid end as workflow, $5::bigint + n * 576000::bigint as created,
           (array['succeeded','failed','cancelled','running'])[1 + n % 4] as status,
           case when n % 4 = 3 then 'running' when n % 5 = 1 then 'completed' else 'finalized' end as phase,
           (array['manual','engine'])[1 + n / 2 % 2] as trigger,
           case when n % 7 = 0 then '{}'::jsonb
                else jsonb_build_object('half', (n / 4 % 2)::text, 'most', (n % 10 < 8)::text, 'rare', (n % 300)::text) end as labels
      from generate_series(1, 9000) n)
  , added as (
    select workflow_run_add(array_agg(id), array_agg(team), array_agg(workflow), array_agg(status), array_agg(phase), array_agg(trigger),
                            array_agg(created), array_agg(labels),
                            array_agg(jsonb_build_object('id', id, 'creationDate', created, 'workflow', jsonb_build_object('id', workflow))),
                            array_agg(json_build_object('status', status))) from made)
  , counted as (
    insert into run_count
    select team, workflow, to_timestamp(created / 1000.0)::date, status, phase, trigger, count(*) from made group by 1, 2, 3, 4, 5, 6)
  select from added`;

describe('labels that many runs carry', () => {
  let database: TestDatabase;
  let pool: Pool;
  let interest: LabelInterest;
  let counter: LabelCounter;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 6, options: '-c timezone=UTC' });
    await pool.query(seed, [team, other, w1, w2, begin]);
    interest = new LabelInterest(pool);
    counter = new LabelCounter(pool);
  });
  afterAll(async () => {
    await counter.stop();
    await pool.end();
    await database.drop();
  });

  const statesOf = async (labels: object): Promise<string[]> => {
    const { rows } = await pool.query<{ state: string }>(
      'select state from counted_labels where team_id = $1 and labels = $2',
      [team, labels],
    );
    return rows.map(({ state }) => state);
  };

  /** Read from every run of the team. */
  const bruteForce = async (within: ReachInTeam, filters: RunFilters): Promise<{ id: string; status: string }[]> => {
    const { labels = {}, statuses, phases, workflows, triggers, fromDate, toDate } = filters;
    const { rows } = await pool.query<{ id: string; status: string }>(
      `select id, s.status from workflow_run w join run_status s using (id)
        where w.team_id = $1 and w.labels @> $2 and ($3::text[] is null or s.status = any($3)) and ($4::text[] is null or s.phase = any($4))
          and ($5::uuid[] is null or w.workflow_id = any($5)) and ($6::text[] is null or w.trigger = any($6))
          and w.creation_date >= to_timestamp($7::float8 / 1000) and w.creation_date < to_timestamp($8::float8 / 1000)
          and ($9::uuid is null or w.workflow_id = $9)
        order by w.creation_date, id`,
      [
        ...[team, labels, statuses, phases, workflows, triggers, fromDate ?? 0, toDate ?? 1e13],
        within.kind === 'workflow' ? within.workflowId : null,
      ],
    );
    return rows;
  };

  const others: readonly (readonly [string, Omit<RunFilters, 'labels'>])[] = [
    ['nothing else', {}],
    ['a status', { statuses: ['failed'] }],
    ['statuses and a phase', { statuses: ['failed', 'running'], phases: ['finalized', 'running'] }],
    ['a phase', { phases: ['completed'] }],
    ['a workflow', { workflows: [w2] }],
    ['a trigger', { triggers: ['manual'] }],
    ['whole days', { fromDate: begin + 2 * day, toDate: begin + 40 * day }],
    ['parts of days', { fromDate: begin + day + 7_000_000, toDate: begin + 50 * day + 7_000_000 }],
    ['a part of a day', { fromDate: begin + day + 1, toDate: begin + day + 50_000_000 }],
    [
      'all of them',
      {
        statuses: ['succeeded', 'failed'],
        phases: ['finalized'],
        workflows: [w1, w2],
        triggers: ['engine'],
        fromDate: begin + 5,
      },
    ],
    ['no status', { statuses: [] }],
  ];
  const labels: readonly Readonly<Record<string, string>>[] = [
    half,
    { most: 'true' },
    { half: '0', most: 'true' },
    { rare: '8', half: '0' },
    { half: '2' },
  ];

  const expectExact = async (within: ReachInTeam, filters: RunFilters): Promise<void> => {
    const rows = await bruteForce(within, filters);
    const counts = toStatusCounts(await countByDay(pool, within, filters, interest.note));
    const byStatus = (status: string) => rows.filter((row) => row.status === status).length;
    const statuses = ['succeeded', 'failed', 'cancelled', 'running'];
    expect(counts).toMatchObject({
      all: rows.length,
      ...Object.fromEntries(statuses.map((each) => [each, byStatus(each)])),
    });
    for (const order of ['ASC', 'DESC'] as const) {
      const ids = rows.map(({ id }) => id);
      if (order === 'DESC') ids.reverse();
      for (const page of [0, Math.floor(rows.length / 20), Math.floor(rows.length / 10)]) {
        const found = await searchRuns(pool, within, filters, { page, limit: 10, order, sort: 'creationDate' });
        expect([page, found.total, found.runs.map(({ id }) => id)]).toEqual([
          page,
          rows.length,
          ids.slice(page * 10, page * 10 + 10),
        ]);
      }
      const byName = await searchRuns(pool, within, filters, { page: 1, limit: 9, order, sort: 'workflowName' });
      expect(byName.total).toBe(rows.length);
    }
  };
  const cases = others.flatMap(([name, filters]) =>
    labels.map((each) => [name, { ...filters, labels: each }] as const),
  );

  it.each(cases)('and %s: %j is exact before they are counted', async (_name, filters) => {
    await expectExact(reach, filters);
    if (filters.labels === half) await expectExact(ofWorkflow, filters);
  });

  it('are noted when somebody asks for them, and only then', async () => {
    await until(async () => (await statesOf(half)).length > 0);
    expect(await statesOf(half)).toEqual(['wanted']);
    expect(await statesOf({ rare: '8', half: '0' })).toEqual([]);
    const { rows } = await pool.query('select from counted_labels');
    expect(rows).toHaveLength(3);
  });

  it('are counted by one server', async () => {
    const passes = await Promise.all([counter.pass(), new LabelCounter(pool).pass()]);
    expect(passes.filter((each) => each === 3)).toHaveLength(1);
    for (const each of labels.slice(0, 3)) expect(await statesOf(each)).toEqual(['counted']);
  });

  it.each(cases)('and %s: %j is exact once they are counted', async (_name, filters) => {
    await expectExact(reach, filters);
    if (filters.labels === half) await expectExact(ofWorkflow, filters);
  });

  it('are answered by their counters', async () => {
    await pool.query('update run_label_count set runs = runs + 1 where is_base');
    try {
      const { rows } = await pool.query<{ off: string }>(
        'select count(*) as off from run_label_count join counted_labels c on c.id = counted_id where c.labels = $1 and workflow_id::text like $$0000%$$',
        [half],
      );
      const exact = (await bruteForce(reach, { labels: half })).length;
      const counts = toStatusCounts(await countByDay(pool, reach, { labels: half }));
      expect(counts['all']).toBe(exact + Number(rows[0]?.off));
    } finally {
      await pool.query('update run_label_count set runs = runs - 1 where is_base');
    }
  });

  /** Changes as appends make them: one transaction under the lock of the head. */
  const append = async (sql: string, values: readonly unknown[]): Promise<void> => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('select ledger_lock()');
      await client.query(sql, [...values]);
      await client.query('commit');
    } finally {
      client.release();
    }
  };
  const run = (n: number) => `019b0000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  let made = 20_000;
  const moves: readonly (() => Promise<void>)[] = [
    () => {
      const created = begin + (made % 70) * day;
      const values = [run(made++), team, w1, created, half];
      return append(
        `select workflow_run_add(array[$1::uuid], array[$2::uuid], array[$3::uuid], array['ready'], array['pending'], array['manual'],
           array[$4::bigint], array[$5::jsonb], array[jsonb_build_object('id', $1::uuid, 'creationDate', $4::bigint)], array['{}'::json])`,
        values,
      );
    },
    () =>
      append(
        `with changed as materialized (
           select id, team_id, case status when 'failed' then 'succeeded' else 'failed' end as status, phase
             from run_status order by random() limit 20),
         counted as materialized (
           select run_label_count_change(array_agg(id), array_agg(team_id), array_agg(status), array_agg(phase)) from changed)
         select run_status_change(array_agg(id), array_agg(status), array_agg(phase), array_agg('{}'::json))
           from changed, (select count(*) from counted) as first`,
        [],
      ),
    () =>
      append(
        `select workflow_run_overlay(array_agg(id), array_agg(case when labels @> '{"half":"1"}' then labels - 'half' || '{"new":"x"}'
           else labels || '{"half":"1"}' end), array_agg(fixed)) from (select * from workflow_run order by random() limit 20) as w`,
        [],
      ),
  ];

  it('stay exact while appends go on and they begin to be counted, step by step', async () => {
    await pool.query('delete from counted_labels');
    await pool.query('delete from run_label_count');
    let isOver = false;
    let changes = 0;
    const appends = moves.map(async (move) => {
      while (!isOver) {
        await move();
        changes++;
      }
    });
    try {
      const { rows } = await pool.query<{ id: string }>(
        'insert into counted_labels (team_id, labels) values ($1, $2), ($1, $3) returning id',
        [team, half, { half: '1', most: 'true' }],
      );
      for (const { id } of rows) {
        await until(() => changes > 10);
        await pool.query(`select counted_labels_move($1, 'wanted', 'counting')`, [id]);
        let steps = 0;
        for (let more: boolean | null = true; more; steps++) {
          const before = changes;
          const step = await pool.query<{ more: boolean | null }>('select counted_labels_step($1, 300) as more', [id]);
          more = step.rows[0]?.more ?? null;
          await until(() => changes > before);
        }
        expect(steps).toBeGreaterThan(10);
      }
      const before = changes;
      await until(() => changes > before + 50);
    } finally {
      isOver = true;
      await Promise.all(appends);
    }
    const { rows } = await pool.query(
      `select * from (
         select c.id, d.day, d.workflow_id, s.status, s.phase, s.trigger, count(*)::int as runs
           from counted_labels c join workflow_run w on w.team_id = c.team_id and w.labels @> c.labels join run_status s on s.id = w.id
                cross join lateral (values (s.creation_date::date, s.workflow_id), ('-infinity', s.workflow_id),
                                           (s.creation_date::date, '00000000-0000-0000-0000-000000000000')) as d(day, workflow_id)
          group by 1, 2, 3, 4, 5, 6) as fact
       full join (
         select counted_id as id, day, workflow_id, status, phase, trigger, sum(runs)::int as runs from run_label_count
          group by 1, 2, 3, 4, 5, 6 having sum(runs) <> 0) as counted
       using (id, day, workflow_id, status, phase, trigger) where fact.runs is distinct from counted.runs`,
    );
    expect(rows).toEqual([]);
    const labelled = await pool.query(
      `select * from (select label_id(team_id, key, value) as label, creation_date, id as run_id from workflow_run, jsonb_each_text(labels)) as fact
         full join run_label using (label, creation_date, run_id) where fact is null or run_label is null`,
    );
    expect(labelled.rows).toEqual([]);
  });

  it('go on where a server has ended', async () => {
    await pool.query(`delete from counted_labels`);
    await pool.query(`delete from run_label_count`);
    const { rows } = await pool.query<{ id: string }>(
      'insert into counted_labels (team_id, labels) values ($1, $2) returning id',
      [team, half],
    );
    await pool.query(`select counted_labels_move($1, 'wanted', 'counting')`, [rows[0]?.id]);
    await pool.query('select counted_labels_step($1, 300)', [rows[0]?.id]);
    expect(await statesOf(half)).toEqual(['counting']);
    await expectExact(reach, { labels: half });
    expect(await counter.pass()).toBe(1);
    await expectExact(reach, { labels: half });
  });

  it('give their place to others when nobody asks for them any more', async () => {
    await pool.query(`update counted_labels set asked_at = now() - interval '2 days'`);
    await pool.query(
      `insert into counted_labels (team_id, labels) select $1, jsonb_build_object('k', n::text) from generate_series(1, 32) n`,
      [team],
    );
    expect(await counter.pass()).toBe(31);
    expect(await statesOf(half)).toEqual([]);
    expect(await counter.pass()).toBe(1);
    const { rows } = await pool.query(
      'select from run_label_count where counted_id not in (select id from counted_labels)',
    );
    expect(rows).toHaveLength(0);
    await expectExact(reach, { labels: half });
  });
});
