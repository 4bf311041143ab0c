import { until } from '#libs/testing';
import { countLabels } from '../../server/test/counted-labels';
import { TestServer } from '../../server/test/harness';
import { expectLedgerWhole } from '../../server/test/ledger-checks';
import { build } from '../../server/test/server-process';
import { expectViewsRebuilt } from '../../server/test/view-checks';
import { Runs, script, task, workflow } from '../../server/test/workflows';
import { runledger } from './cli';

const secret = 'correct horse battery staple';

/** What somebody could do to each view behind the server's back, and what is found. */
const damages: readonly (readonly [view: string, sql: string, found: RegExp])[] = [
  ['workflow_run', `update workflow_run set labels = '{"a":"b"}'`, /labels\.a: live "b", rebuilt null/],
  ['workflow_run', 'delete from workflow_run', /the row is missing/],
  ['run_status', `update run_status set phase = 'completed'`, /phase: live "completed", rebuilt "running"/],
  ['run_status', `update run_status set changing = '{}'`, /changing\.status: live null, rebuilt "running"/],
  [
    'run_status',
    `insert into run_status select gen_random_uuid(), team_id, workflow_id, trigger, creation_date, status, phase, changing from run_status limit 1`,
    /the row should not be there/,
  ],
  ['agent_queue', 'update agent_queue set fence = fence + 1', /fence: live \d+, rebuilt \d+/],
  ['agent_queue', 'delete from agent_queue', /the row is missing/],
  ['timer', `delete from timer where kind = 'task-wake'`, /task-wake .*: the row is missing/],
  ['timer', `update timer set due_at = due_at + interval '1 second' where kind = 'task-timeout'`, /due_at: live/],
  [
    'timer',
    `insert into timer select stream_id, 'run-retry', item_id, due_at, 'infinity' from timer limit 1`,
    /the row should not be there/,
  ],
  ['action', `update action set status = 'approved'`, /status: live "approved", rebuilt "submitted"/],
  ['action', 'delete from action', /the row is missing/],
  ['team', `update team set name = 'other'`, /name: live "other", rebuilt "alpha"/],
  ['team', `update team set state = state || '{"displayName":"x"}'`, /state\.displayName: live "x", rebuilt "alpha"/],
  ['token', `update token set revoked = not revoked where type = 'team'`, /revoked: live true, rebuilt false/],
  ['token', `update token set sha256 = sha256 || 'x' where type = 'team'`, /sha256: live "\*{6}", rebuilt "\*{6}"/],
  ['workflow', 'update workflow set version = version + 1', /version: live \d+, rebuilt \d+/],
  ['workflow_revision', `update workflow_revision set runnable = '{}'`, /runnable\.\w+: live null/],
  ['workflow_revision', 'delete from workflow_revision', /the row is missing/],
  ['catalogue_task', 'update catalogue_task set deleted = not deleted', /deleted: live true, rebuilt false/],
  ['catalogue_task_revision', `update catalogue_task_revision set definition = '{}'`, /definition\.\w+: live null/],
  ['schedule', `update schedule set status = 'inactive'`, /status: live "inactive", rebuilt "active"/],
  ['bulk', `update bulk set status = 'running'`, /status: live "running", rebuilt "completed"/],
  ['bulk_run', `update bulk_run set outcome = 'refused'`, /outcome: live "refused", rebuilt "done"/],
  ['bulk_run', 'delete from bulk_run', /the row is missing/],
  ['saved_views', `update saved_views set state = state || '{"views":[]}'`, /state\.views/],
  ['team_lock', `update team_lock set key = 'other'`, /key: live "other", rebuilt "k"/],
  ['global_parameters', `update global_parameters set version = 9`, /version: live 9, rebuilt 1/],
  ['run_label', 'delete from run_label', /the row is missing/],
  ['run_label_count', 'update run_label_count set runs = runs + 1', /runs: live \d+, rebuilt 1/],
  ['run_count', 'update run_count set runs = runs + 1', /runs: live 2, rebuilt 1/],
  ['run_day_count', 'update run_day_count set runs = runs + 1', /runs: live 2, rebuilt 1/],
  ['run_day_count', 'delete from run_day_count', /the row is missing/],
  ['run_count', 'delete from run_count', /the row is missing/],
  ['team_load', 'update team_load set live = live + 7', /live: live \d+, rebuilt \d+/],
  ['team_load', `update team_load set month = month - interval '1 month'`, /month: live/],
  ['team_load', 'delete from team_load', /the row is missing/],
  ['audit_entry', 'update audit_entry set has_reason = not has_reason', /has_reason: live true, rebuilt false/],
  ['audit_entry', 'delete from audit_entry where position = 1', /audit_entry 1: the row is missing/],
  ['audit_name', `update audit_name set name = 'x'`, /name: live "x"/],
  ['run_outcome', `update run_outcome set queueing = queueing + 7, shape = 'x'`, /shape: live "x", rebuilt null/],
  ['run_outcome', 'delete from run_outcome', /the row is missing/],
  [
    'run_outcome',
    `insert into run_outcome select gen_random_uuid(), team_id, workflow_id, created, status, queueing, running, shape from run_outcome limit 1`,
    /the row should not be there/,
  ],
  ['run_length_count', 'update run_length_count set runs = runs + 2, total = total + 9', /runs: live 3, rebuilt 1/],
  ['run_length_count', 'delete from run_length_count', /the row is missing/],
  ['run_text', `update run_text set words = array_to_tsvector(array['other'])`, /words: live "'other'"/],
  ['run_text', 'delete from run_text', /the row is missing/],
  [
    'run_text',
    `insert into run_text select gen_random_uuid(), team_id, workflow_id, words, results from run_text limit 1`,
    /the row should not be there/,
  ],
];

/** Those that come first for their view, then those that come second, and so on. */
const rounds = damages.reduce<(typeof damages)[number][][]>((all, damage) => {
  const round = all.find((each) => each.every(([view]) => view !== damage[0]));
  if (round) round.push(damage);
  else all.push([damage]);
  return all;
}, []);

describe('runledger rebuild', () => {
  let server: TestServer;
  let settings: NodeJS.ProcessEnv;
  beforeAll(async () => {
    await build();
    server = await TestServer.start();
    settings = { DATABASE_URL: server.database.url };
    await server.createTeam('alpha');
    const runs = new Runs(server, 'alpha');
    const triggers = { schedule: { enabled: true } };
    const tasks = [
      script('work', ['start'], { timeout: 5 }),
      task('nap', 'sleep', { duration: 3_600_000 }),
      task('ask', 'approval'),
      task('lock', 'acquirelock', { key: 'k' }),
    ];
    const params = [{ name: 'key', type: 'password', default: secret }];
    const id = await runs.start(
      workflow('all', tasks, ['work', 'nap', 'ask', 'lock'], { triggers, timeout: 60, params }),
      { labels: { env: 'prod' } },
    );
    await countLabels(server, 'alpha', { env: 'prod' });
    await runs.waiting(id, 'nap');
    await server.post('/api/v2/team/alpha/schedule', {
      body: { workflowRef: 'all', type: 'cron', cronSchedule: '0 0 1 1 *' },
    });
    await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha' } });
    await server.post('/api/v2/team/alpha/task', {
      body: { name: 'own', type: 'template', spec: { image: 'x', script: 'true' } },
    });
    await server.post('/api/v2/parameters', { body: { name: 'g', type: 'text', value: 'v' } });
    const gone = (await server.submit('alpha', 'all', {}, false)).body.id as string;
    const { body: job } = await server.post('/api/v2/team/alpha/bulk', { body: { action: 'cancel', runs: [gone] } });
    await until(
      () => server.get(`/api/v2/team/alpha/bulk/${job.id}`),
      ({ body }) => body.status === 'completed',
    );
    await server.post('/api/v2/team/alpha/view', { body: { name: 'v', shared: true, filters: {} } });
    const agent = await server.registerAgent();
    const [item] = await server.claim(agent);
    await server.report(item, 'start');
    const { body } = await server.submit('alpha', 'all');
    await server.delete(`/api/v2/team/alpha/workflowrun/${body.id as string}/cancel`);
    const isWhole = async (route: string) => (await server.get(`/api/v2/team/alpha/${route}`)).body.lag.events === 0;
    await until(async () => (await isWhole('insights')) && (await isWhole('search?q=all')));
    // Brings the index of the trail up to date.
    await server.get('/api/v2/audit?limit=1');
  });
  afterAll(() => server.stop());

  it('finds every view to be what the ledger says', async () => {
    const { code, out, err } = await runledger(['rebuild'], settings);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^same: \d+ views with \d+ rows are what the ledger says up to position \d+\n$/);
    const { out: json } = await runledger(['rebuild', 'team', 'token', '--json'], settings);
    expect(JSON.parse(json)).toMatchObject({ differences: [], views: [{ view: 'team', rows: 1 }, { view: 'token' }] });
  });

  it.each(rounds.map((round, place) => [place + 1, round] as const))(
    'locates damage to each view, and mends it, round %i',
    async (_, round) => {
      for (const [view, sql] of round) {
        const { rowCount } = await server.pool.query(sql);
        expect([view, rowCount]).not.toEqual([view, 0]);
      }
      const found = await runledger(['verify'], settings);
      const { code, out, err } = await runledger(['rebuild', '--swap'], settings);
      expect([found.code, code, err]).toEqual([1, 0, '']);
      for (const text of [found.out, out]) {
        for (const [view, , problem] of round) {
          const lines = text.split('\n').filter((line) => line.startsWith(`${view} `));
          expect([view, lines.some((line) => problem.test(line)), lines]).toEqual([view, true, lines]);
        }
        for (const hidden of [secret, 'sealed:']) expect(text).not.toContain(hidden);
      }
      expect(out).toMatch(/\nswapped: \d+ rows; commands waited \d+ ms at most\n$/);
      await expectViewsRebuilt(server.pool);
    },
  );

  it('mends while commands go on, and none of them fails', async () => {
    const statuses = new Set<number>();
    let submitted = 0;
    let isOver = false;
    const load = Array.from({ length: 2 }, async () => {
      for (; !isOver; submitted++) statuses.add((await server.submit('alpha', 'all')).status);
    });
    try {
      await until(() => submitted > 2);
      await server.pool.query('delete from run_status where ctid in (select ctid from run_status limit 2)');
      await server.pool.query('update agent_queue set fence = fence + 1');
      await server.pool.query('update run_count set runs = runs + 1');
      await server.pool.query('update run_day_count set runs = runs + 1');
      await server.pool.query('update team_load set live = live + 1, submitted = submitted - 1');
      const before = submitted;
      const { code, out } = await runledger(['rebuild', '--swap', '--json'], settings);
      expect(code).toBe(0);
      const { differences, swapped } = JSON.parse(out);
      expect(new Set(differences.map(({ view }: { view: string }) => view))).toEqual(
        new Set(['run_status', 'agent_queue', 'run_count', 'run_day_count', 'team_load']),
      );
      expect(swapped.rows).toBeGreaterThan(3);
      expect(submitted).toBeGreaterThan(before);
    } finally {
      isOver = true;
      await Promise.all(load);
    }
    expect([...statuses]).toEqual([200]);
    await expectLedgerWhole(server.pool);
  });

  it('swaps nothing where the ledger is broken', async () => {
    const { rows } = await server.pool.query<{ name: string }>(
      `select 'event' as name union all select inhrelid::regclass::text from pg_inherits where inhparent = 'event'::regclass`,
    );
    for (const { name } of rows) await server.pool.query(`alter table ${name} disable trigger user`);
    await server.pool.query(`update event set data = replace(data, 'alpha', 'alphb') where type = 'TeamCreated'`);
    const { code, err } = await runledger(['rebuild', '--swap'], settings);
    expect([code, err]).toEqual([1, expect.stringMatching(/ledger is broken at position \d+, so nothing was swapped/)]);
    expect(await runledger(['rebuild', 'team'], settings)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^team \S+ {2}name: live "alpha", rebuilt "alphb"/m),
    });
    await server.pool.query(`update event set data = replace(data, 'alphb', 'alpha') where type = 'TeamCreated'`);
    for (const { name } of rows) await server.pool.query(`alter table ${name} enable trigger user`);
  });
});

describe('runledger rebuild of one view', () => {
  it('knows only views', async () => {
    const { code, out, err } = await runledger(['rebuild', 'teams'], { DATABASE_URL: 'postgres://127.0.0.1:1/x' });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^runledger: There is no view "teams"\. The views are: workflow_run, run_status, .*run_text\.\n$/,
    );
  });
});
