import { newId } from '#libs/kernel';
import {
  isCounted,
  lookedAtBy,
  type RecordedStatement,
  type RunQuery,
  runQueries,
  seedFollowers,
  seedRuns,
  StatementRecorder,
  until,
} from '#libs/testing';
import { simpleWorkflow, TestServer } from './harness';
import { task, workflow } from './workflows';

const newest = Date.UTC(2026, 10, 30, 12);
const limit = 10;
/** Rows that one statement may look at, those of bitmaps counted again: for a page, and for each of its items, of which a rare pair of filters finds one among many. */
const most = 2_000 + limit * 300;
/** Rows of counters: some for each day, status and trigger of a team, however many runs it has. */
const mostCounters = 20_000;
/** Tables that grow with what happens, and so must not be scanned. The queue of agents holds only what waits now. */
const growing = [
  'workflow_run',
  'run_status',
  'run_count',
  'run_day_count',
  'run_outcome',
  'run_length_count',
  'run_text',
  'action',
  'event',
  'event_default',
  'snapshot',
  'task_log_default',
  'timer',
];

/** Searches that are not held to these bounds. */
const leftOut: readonly { readonly why: string; readonly is: (query: RunQuery, sort: string) => boolean }[] = [
  {
    why: 'labels have counters once they are asked for: label-plans.int.spec',
    is: ({ parameters }) => parameters.includes('labels'),
  },
  { why: 'sorted by name or status: all counters of the team are read', is: (_query, sort) => sort !== 'creationDate' },
];
const isHeld = (query: RunQuery, sort: string): boolean => !leftOut.some(({ is }) => is(query, sort));

describe('no documented query scans a table', () => {
  let server: TestServer;
  let recorder: StatementRecorder;
  let queries: readonly RunQuery[];
  let run: string;

  beforeAll(async () => {
    recorder = StatementRecorder.install();
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.saveWorkflow('alpha', simpleWorkflow('one'));
    await server.saveWorkflow('alpha', workflow('asks', [task('ask', 'approval')], ['ask']));
    const team = (await server.get('/api/v2/team/alpha')).body as { id: string };
    const teams = [team.id, ...Array.from({ length: 49 }, () => newId())];
    await seedRuns(server.pool, { teams, runs: 100_000, workflowsOfTeam: 20, until: newest });
    await seedFollowers(server.pool, teams);
    run = ((await server.submit('alpha', 'one')).body as { id: string }).id;
    await server.submit('alpha', 'asks');
    await seedOthers();
    const { rows } = await server.pool.query<{ id: string }>(
      `select id from workflow_run where team_id = $1 and fixed ->> 'teamName' = 'seeded' order by creation_date desc limit 5`,
      [team.id],
    );
    queries = runQueries(
      team.id,
      newest,
      rows.map(({ id }) => id),
    );
  });
  afterAll(async () => {
    recorder.uninstall();
    await server.stop({ tampered: null });
  });

  /** Copies of what is there: an action and an item of the queue for each seeded run, and events of others, none of which the ledger's head counts. */
  const seedOthers = async (): Promise<void> => {
    await server.pool.query(`
      insert into action (id, run_id, task_run_id, team_id, workflow_id, type, status, creation_date, state)
      select gen_random_uuid(), w.id, gen_random_uuid(), w.team_id, w.workflow_id, a.type,
             case when hashtext(w.id::text) % 100 = 0 then 'submitted' else 'approved' end, w.creation_date, a.state
        from workflow_run w cross join (select * from action limit 1) a where w.fixed ->> 'teamName' = 'seeded';
      insert into agent_queue (id, run_id, kind, team_id, task_type, state, fence, queued_at)
      select gen_random_uuid(), w.id, 'task', w.team_id, 'script', 'ready', 1, w.creation_date
        from workflow_run w where w.fixed ->> 'teamName' = 'seeded';
      insert into event (position, stream_id, stream_version, type, schema_version, data, metadata, recorded_at, hash, salt)
      select -n, gen_random_uuid(), 1, e.type, e.schema_version, e.data, e.metadata, e.recorded_at, e.hash, e.salt
        from (select * from event order by position desc limit 1) e cross join generate_series(1, 100000) n;
      insert into schedule (id, team_id, workflow_id, type, status, creation_date, version, state)
      select gen_random_uuid(), w.team_id, w.workflow_id, 'cron', 'active', w.creation_date, 1,
             jsonb_build_object('id', w.id, 'teamId', w.team_id, 'workflowId', w.workflow_id, 'name', 'n', 'params', '[]'::jsonb, 'labels', '{}'::jsonb)
        from workflow_run w where w.team_id <> (select id from team where name = 'alpha');
      insert into snapshot (stream_id, version, state) select gen_random_uuid(), 1, '{}' from generate_series(1, 100000);
      insert into timer (stream_id, kind, item_id, due_at, fire_at)
      select gen_random_uuid(), 'task-wake', gen_random_uuid(), now() + interval '1 day', now() + interval '1 day'
        from generate_series(1, 100000);
      analyze`);
    for (const table of ['workflow_run', 'run_status', 'action']) await until(() => vacuumed(table));
  };

  /** A statement of the server that was under way may have kept rows from becoming visible to all. */
  const vacuumed = async (table: string): Promise<boolean> => {
    await server.pool.query(`vacuum analyze ${table}`);
    const { rows } = await server.pool.query<{ done: boolean }>(
      'select relallvisible > relpages * 0.95 as done from pg_class where oid = $1::regclass',
      [table],
    );
    return rows[0]?.done ?? false;
  };

  /** What is wrong with the plans of a request's statements, and of what the server does beside it; empty if nothing is. */
  const faultsOf = async (path: string, bound = most): Promise<string[]> => {
    const statements = await recorder.during(async () => {
      const { status, text } = await server.get(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    });
    return faultsIn(path, statements, bound);
  };

  const faultsIn = async (path: string, statements: readonly RecordedStatement[], bound: number): Promise<string[]> => {
    const faults: string[] = [];
    for (const statement of statements.filter(({ text }) => /^\s*(select|with)\b/i.test(text))) {
      const { scanned, rows } = await lookedAtBy(server.pool, statement);
      const tables = scanned.filter((table) => growing.includes(table));
      const sum = (counters: boolean): number =>
        Object.entries(rows).reduce(
          (total, [table, number]) => total + (/^run_(day_)?count/.test(table) === counters ? number : 0),
          0,
        );
      const what = `${path}: ${JSON.stringify(rows)}: ${statement.text}`;
      if (tables.length > 0) faults.push(`scans ${tables.join()}: ${what}`);
      if (sum(false) > bound || sum(true) > mostCounters) faults.push(`looks at too many rows: ${what}`);
    }
    return faults;
  };

  it.each(['ASC', 'DESC'])('of the search, %s: the first, middle and last page, and one by cursor', async (order) => {
    const faults: string[] = [];
    for (const sort of ['creationDate', 'workflowName', 'displayName', 'status']) {
      for (const query of queries.filter((each) => isHeld(each, sort))) {
        const asked = [query.query, `limit=${limit}&order=${order}&sort=${sort}`].filter(Boolean).join('&');
        const path = `/api/v2/team/alpha/workflowrun/query?${asked}`;
        const { totalPages } = (await server.get(path)).body as { totalPages: number };
        const middle = Math.floor(totalPages / 2);
        for (const page of new Set([0, middle, Math.max(0, totalPages - 1)])) {
          faults.push(...(await faultsOf(`${path}&page=${page}`)));
        }
        const { nextCursor } = (await server.get(`${path}&page=${middle}`)).body as { nextCursor?: string };
        if (nextCursor !== undefined) faults.push(...(await faultsOf(`${path}&cursor=${nextCursor}`)));
      }
    }
    expect(faults).toEqual([]);
  });

  it('of the count', async () => {
    const faults: string[] = [];
    for (const query of queries.filter((each) => isCounted(each) && isHeld(each, 'creationDate'))) {
      faults.push(...(await faultsOf(`/api/v2/team/alpha/workflowrun/count?${query.query}`)));
    }
    expect(faults).toEqual([]);
  });

  it('of a run, its tasks, events and what it waits for', async () => {
    const path = `/api/v2/team/alpha/workflowrun/${run}`;
    const { body } = await server.get(path);
    const log = `/api/v2/taskrun/${(body.tasks as { id: string }[])[1]?.id}/log`;
    const faults: string[] = [];
    for (const each of [
      path,
      `${path}?version=1`,
      `${path}/events`,
      `${path}/explain`,
      `${path}/diff?from=1&to=2`,
      log,
    ]) {
      faults.push(...(await faultsOf(each)));
    }
    expect(faults).toEqual([]);
  });

  /** Totals of these are exact, and counted row by row: their statements look at all actions, or items, of the team, along an index. */
  const counted = 110_000;

  it.each([
    ['action/query', counted],
    ['action/query?order=ASC&page=500', counted],
    ['action/query?statuses=submitted', counted],
    ['action/query?types=approval&fromDate=1&toDate=4000000000000', counted],
    ['action/summary', counted],
    ['queue', counted],
    ['queue?page=500', counted],
    ['agents', most],
    ['workflow/query', most],
    ['workflow/query?statuses=active&limit=10', most],
    ['schedule/query', most],
    ['schedule/query?types=cron&limit=10', most],
    ['audit', most],
    ['audit?order=ASC', most],
  ])('of the list %s', async (path, bound) => {
    expect(await faultsOf(`/api/v2/team/alpha/${path}`, bound)).toEqual([]);
  });

  it.each([
    [`insights?toDate=${newest}`, most],
    [`insights?period=hour&toDate=${newest}`, most],
    // All counts of the team: a year of them.
    [`insights?period=week&fromDate=${newest - 364 * 86_400_000}&toDate=${newest}`, counted],
    // The newest 2,000 runs, in several steps of the plan.
    ['search?q=nightly', 10_000],
    ['search?q=w77', 10_000],
    ['search?q=absent', 10_000],
  ])('of %s', async (path, bound) => {
    expect(await faultsOf(`/api/v2/team/alpha/${path}`, bound)).toEqual([]);
  });

  it('of the timers that are due', async () => {
    const isDue = ({ text }: RecordedStatement): boolean => /from timer where fire_at <=/.test(text);
    const statements = await recorder.during(() => until(() => recorder.latest.some(isDue)));
    expect(await faultsIn('timers', statements.filter(isDue), most)).toEqual([]);
  });

  it('of the metrics', async () => {
    // All counters are summed, at most every 15 seconds.
    const faults = await faultsOf('/metrics', counted);
    expect(faults.filter((fault) => !fault.includes('from run_day_count group by'))).toEqual([]);
  });
});
