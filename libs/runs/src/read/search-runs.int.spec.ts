import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import type { ReachInTeam } from '#libs/contracts';
import { Pool } from 'pg';
import { countByDay, toStatusCounts } from './count-runs';
import type { RunFilters } from './run-filters';
import { type RunPageRequest, type SearchOptions, searchRuns } from './search-runs';

interface Row {
  readonly id: string;
  readonly created: number;
  readonly status: string;
  readonly phase: string;
  readonly workflow: string;
  readonly labels: Readonly<Record<string, string>>;
}

const [team, other, w1, w2, w3] = [newId(), newId(), newId(), newId(), newId()];
const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
const reach: ReachInTeam = {
  kind: 'team',
  team: { id: team, name: 'a' },
  permissions: ['**/**'],
  ofInstallation: false,
};

/** Many on some days, none on others, some at the same moment; and a workflow that seldom runs. */
const rows: readonly Row[] = Array.from({ length: 60 }, (_, index): Row => ({
  id: newId(),
  created: begin + ([0, 0, 0, 1, 4, 5][index % 6] ?? 0) * day + Math.floor(index / 12) * 3_600_000,
  status: index % 4 === 0 ? 'failed' : 'succeeded',
  phase: index % 7 === 0 ? 'completed' : 'finalized',
  workflow: index % 3 === 0 ? w2 : w1,
  labels: index % 5 === 0 ? { kind: 'five' } : {},
})).concat(
  [20, 20, 50, 90].map((days, index) => ({
    id: newId(),
    created: begin + days * day + index,
    status: index % 2 === 0 ? 'failed' : 'succeeded',
    phase: 'finalized',
    workflow: w3,
    labels: {},
  })),
);

describe('a search among runs', () => {
  let database: TestDatabase;
  let pool: Pool;
  const add = (id: string, teamId: string, { created, status, phase, workflow, labels }: Omit<Row, 'id'>) =>
    pool.query(
      `select workflow_run_add(array[$1::uuid], array[$2::uuid], array[$3::uuid], array[$4], array[$5], array['engine'],
                               array[$6::bigint], array[$7::jsonb], array[$8::jsonb], array[json_build_object('status', $4::text)])`,
      [id, teamId, workflow, status, phase, created, labels, { id, creationDate: created, workflow: { id: workflow } }],
    );
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
    for (const row of rows) await add(row.id, team, row);
    for (const row of rows.slice(0, 1)) await add(newId(), other, row);
    await pool.query(
      `insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
       select team_id, workflow_id, (creation_date at time zone 'UTC')::date, status, phase, trigger, count(*)
         from run_status group by 1, 2, 3, 4, 5, 6`,
    );
    await pool.query(
      `insert into run_day_count (team_id, day, status, phase, trigger, runs)
       select team_id, day, status, phase, trigger, sum(runs) from run_count group by 1, 2, 3, 4, 5`,
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const fits = (
    { fromDate = -Infinity, toDate = Infinity, statuses, phases, workflows, labels, runs }: RunFilters,
    row: Row,
  ) =>
    row.created >= fromDate &&
    row.created < toDate &&
    (statuses?.includes(row.status) ?? true) &&
    (phases?.includes(row.phase) ?? true) &&
    (workflows?.includes(row.workflow) ?? true) &&
    (runs?.includes(row.id) ?? true) &&
    Object.entries(labels ?? {}).every(([key, value]) => row.labels[key] === value);
  const wanted = (filters: RunFilters, order: 'ASC' | 'DESC'): string[] => {
    const ids = rows
      .filter((row) => fits(filters, row))
      .sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    return order === 'ASC' ? ids : ids.reverse();
  };

  const filters: readonly [string, RunFilters][] = [
    ['all', {}],
    ['of one status', { statuses: ['failed'] }],
    ['of several statuses, one twice', { statuses: ['failed', 'running', 'succeeded', 'failed'] }],
    ['of one phase', { phases: ['completed'] }],
    ['of a status and a phase', { statuses: ['failed'], phases: ['completed', 'queued'] }],
    ['of a status in one workflow', { statuses: ['failed'], workflows: [w2] }],
    ['of one workflow', { workflows: [w2] }],
    ['of a workflow that seldom runs', { workflows: [w3] }],
    ['of a status in a workflow that seldom runs', { workflows: [w3], statuses: ['failed', 'running'] }],
    ['of a workflow that seldom runs, in a part of the time', { workflows: [w3], fromDate: begin + 20 * day + 1 }],
    ['of whole days', { fromDate: begin + day, toDate: begin + 5 * day }],
    ['of parts of days', { fromDate: begin + 3_600_000, toDate: begin + 5 * day + 3_600_000 }],
    ['of a part of one day', { fromDate: begin + 1, toDate: begin + 4 * 3_600_000 }],
    ['from a day on', { fromDate: begin + 4 * day + 1 }],
    ['with a label', { labels: { kind: 'five' } }],
    [
      'with a label, in parts of days',
      { labels: { kind: 'five' }, fromDate: begin + day + 3_600_000, toDate: begin + 5 * day + 3_600_000 },
    ],
    ['with a label and a status', { labels: { kind: 'five' }, statuses: ['failed'] }],
    [
      'with a label in a phase, from a day on',
      { labels: { kind: 'five' }, phases: ['finalized'], fromDate: begin + day },
    ],
    ['of given ids', { runs: rows.slice(10, 20).map(({ id }) => id) }],
    ['of given ids and one status', { runs: rows.slice(10, 20).map(({ id }) => id), statuses: ['succeeded'] }],
    ['of no status', { statuses: [] }],
    ['of no time', { fromDate: begin + day, toDate: begin }],
  ];

  /** Reads page after page behind the last run of the one before. */
  const walk = async (
    filter: RunFilters,
    request: Omit<RunPageRequest, 'page' | 'after'>,
    options: SearchOptions = {},
  ): Promise<string[]> => {
    const ids: string[] = [];
    let after: RunPageRequest['after'];
    do {
      const part = { ...request, page: 0, ...(after && { after }) };
      const { runs, next } = await searchRuns(pool, reach, filter, part, options);
      ids.push(...runs.map(({ id }) => id));
      after = next ?? undefined;
    } while (after);
    return ids;
  };

  it.each(filters)('%s: every page, in both orders, is what sorting all of them gives', async (_what, filter) => {
    for (const order of ['ASC', 'DESC'] as const) {
      const expected = wanted(filter, order);
      for (const limit of [1, 7, 60]) {
        for (let page = 0; page <= Math.ceil(expected.length / limit); page++) {
          const request: RunPageRequest = { page, limit, order, sort: 'creationDate' };
          const { runs, total } = await searchRuns(pool, reach, filter, request);
          const ids = runs.map(({ id }) => id);
          expect([page, total, ids]).toEqual([page, expected.length, expected.slice(page * limit, (page + 1) * limit)]);
        }
        expect(await walk(filter, { limit, order, sort: 'creationDate' })).toEqual(expected);
      }
    }
  });

  it.each(filters)('%s: are counted by status', async (_what, filter) => {
    const counts = toStatusCounts(await countByDay(pool, reach, filter));
    const found = rows.filter((row) => fits(filter, row));
    const failed = found.filter(({ status }) => status === 'failed').length;
    expect(counts).toMatchObject({ all: found.length, failed, succeeded: found.length - failed, running: 0 });
  });

  it.each(filters)('%s: sorted by status or name keeps the order of creation among equals', async (_what, filter) => {
    const sorted = (keys: readonly string[], order: 'ASC' | 'DESC', keyOf: (row: Row) => string): string[] => {
      const ids = (key: string) => rows.filter((row) => keyOf(row) === key).map(({ id }) => id);
      const parts = keys.map((key) => wanted(filter, order).filter((id) => ids(key).includes(id)));
      return (order === 'ASC' ? parts : parts.reverse()).flat();
    };
    for (const order of ['ASC', 'DESC'] as const) {
      const request = { page: 0, limit: 100, order };
      const byStatus = await searchRuns(pool, reach, filter, { ...request, sort: 'status' });
      expect(byStatus.runs.map(({ id }) => id)).toEqual(sorted(['failed', 'succeeded'], order, ({ status }) => status));
      const byName = await searchRuns(pool, reach, filter, { ...request, sort: 'workflowName' });
      expect(byName.runs.map(({ id }) => id)).toEqual(sorted([w1, w2, w3].sort(), order, ({ workflow }) => workflow));
      const keysOf = () =>
        Promise.resolve(
          new Map([
            [w1, 'z'],
            [w2, 'a'],
            [w3, 'm'],
          ]),
        );
      const named = sorted([w2, w3, w1], order, ({ workflow }) => workflow);
      for (let page = 0; page * 7 < named.length; page++) {
        const sort = { ...request, page, limit: 7, sort: 'displayName' } as const;
        const { runs, total } = await searchRuns(pool, reach, filter, sort, { keysOf });
        expect([page, total, runs.map(({ id }) => id)]).toEqual([
          page,
          named.length,
          named.slice(page * 7, page * 7 + 7),
        ]);
      }
      for (const limit of [7, 60]) {
        expect(await walk(filter, { limit, order, sort: 'workflowName' }, { keysOf })).toEqual(named);
        expect(await walk(filter, { limit, order, sort: 'displayName' }, { keysOf })).toEqual(named);
        expect(await walk(filter, { limit, order, sort: 'status' })).toEqual(byStatus.runs.map(({ id }) => id));
      }
    }
  });

  it.each([
    [{ statuses: ['ready', 'running'] }, 'running', 'running'],
    [{ phases: ['pending', 'running'] }, 'waiting', 'running'],
    [{ phases: ['pending', 'completed'] }, 'cancelled', 'completed'],
  ])('a run that matches %j is not missed when it changes meanwhile', async (filter, status, phase) => {
    const id = newId();
    await add(id, team, { created: begin, status: 'ready', phase: 'pending', workflow: w1, labels: { moving: '1' } });
    // It moves on between the count and the page.
    const moving = {
      query: async (sql: string, values: unknown[]) => {
        if (/^select (run_)?id/.test(sql)) {
          await pool.query('select run_status_change(array[$1::uuid], array[$2], array[$3], array[$4::json])', [
            id,
            status,
            phase,
            '{}',
          ]);
        }
        return pool.query(sql, values);
      },
    } as unknown as Pool;
    try {
      const request: RunPageRequest = { page: 0, limit: 1, order: 'ASC', sort: 'creationDate' };
      const { runs } = await searchRuns(moving, reach, { ...filter, labels: { moving: '1' } }, request);
      expect(runs.map((run) => run.id)).toEqual([id]);
    } finally {
      await pool.query('delete from workflow_run where id = $1', [id]);
      await pool.query('delete from run_status where id = $1', [id]);
      await pool.query('delete from run_label where run_id = $1', [id]);
    }
  });

  it('by the token of one workflow finds that workflow’s alone', async () => {
    const own: ReachInTeam = {
      kind: 'workflow',
      team: { id: team, name: 'a' },
      workflowId: w2,
      permissions: ['**/**'],
    };
    const request: RunPageRequest = { page: 0, limit: 60, order: 'ASC', sort: 'creationDate' };
    expect((await searchRuns(pool, own, {}, request)).runs.map(({ id }) => id)).toEqual(
      wanted({ workflows: [w2] }, 'ASC'),
    );
    expect((await searchRuns(pool, own, { workflows: [w1] }, request)).total).toBe(0);
  });
});
