import { createTestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { countLabels } from './counted-labels';
import { TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { Runs, script, task, workflow } from './workflows';

describe('the check that every view is what the ledger says', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    const runs = new Runs(server, 'alpha');
    const triggers = { schedule: { enabled: true } };
    const tasks = [
      script('work', ['start'], { timeout: 5 }),
      task('nap', 'sleep', { duration: 3_600_000 }),
      task('ask', 'approval'),
      task('lock', 'acquirelock', { key: 'k' }),
    ];
    const id = await runs.start(workflow('all', tasks, ['work', 'nap', 'ask', 'lock'], { triggers, timeout: 60 }), {
      labels: { env: 'prod', k: 'v' },
    });
    await countLabels(server, 'alpha', { env: 'prod' });
    await runs.waiting(id, 'nap');
    await server.post('/api/v2/team/alpha/schedule', {
      body: { workflowRef: 'all', type: 'cron', cronSchedule: '0 0 1 1 *' },
    });
    await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha' } });
    await server.post('/api/v2/team/alpha/task', {
      body: { name: 'own', type: 'template', spec: { image: 'x', script: 'true' } },
    });
    const agent = await server.registerAgent();
    const [item] = await server.claim(agent);
    await server.report(item, 'start');
    // Brings the index of the trail up to date.
    await server.get('/api/v2/audit?limit=1');
  });
  afterAll(() => server.stop());

  it('finds nothing where nothing is wrong', () => expectLedgerWhole(server.pool));

  it.each([
    ['timer', 'delete from timer where kind = $$task-wake$$'],
    ['timer', `update timer set due_at = due_at + interval '1 second' where kind = $$task-timeout$$`],
    ['timer', 'delete from timer where kind = $$schedule$$'],
    ['timer', `insert into timer select stream_id, $$run-retry$$, item_id, due_at, 'infinity' from timer limit 1`],
    ['agent_queue', 'update agent_queue set fence = fence + 1'],
    ['agent_queue', 'delete from agent_queue'],
    ['action', 'update action set status = $$approved$$'],
    ['run_count', 'update run_count set runs = runs + 1'],
    ['run_day_count', 'update run_day_count set runs = runs + 1'],
    ['team_load', 'update team_load set live = live + 1'],
    ['workflow_run', `update workflow_run set labels = '{"a":"b"}'`],
    ['workflow_run', `update workflow_run set creation_date = creation_date + interval '1 second'`],
    ['workflow_run', 'delete from workflow_run'],
    ['run_status', 'update run_status set phase = $$completed$$'],
    ['run_status', 'update run_status set trigger = $$event$$'],
    ['run_status', `update run_status set creation_date = creation_date + interval '1 second'`],
    ['run_status', 'delete from run_status'],
    ['run_label', 'delete from run_label where ctid = (select min(ctid) from run_label)'],
    ['run_label', `update run_label set creation_date = creation_date + interval '1 second'`],
    ['run_label_count', 'update run_label_count set runs = runs + 1'],
    ['run_label_count', 'delete from run_label_count'],
    ['team', 'update team set name = $$other$$'],
    ['team', `update team set state = state || '{"displayName":"other"}'`],
    ['token', 'update token set revoked = not revoked'],
    ['workflow', 'update workflow set status = $$inactive$$'],
    ['workflow', 'update workflow set version = version + 1'],
    ['catalogue_task', 'update catalogue_task set deleted = not deleted'],
    ['schedule', 'update schedule set status = $$inactive$$'],
    ['schedule', `update schedule set state = state || '{"nextDate":1}'`],
    ['team_lock', 'update team_lock set key = $$other$$'],
    ['audit_entry', 'update audit_entry set has_reason = not has_reason'],
    ['audit_entry', 'delete from audit_entry'],
  ])('finds what is wrong in %s: %s', async (table, change) => {
    await server.pool.query(`create table kept as select * from ${table}`);
    try {
      const { rowCount } = await server.pool.query(change);
      expect(rowCount).toBeGreaterThan(0);
      await expect(expectLedgerWhole(server.pool)).rejects.toThrow();
    } finally {
      await server.pool.query(`delete from ${table}`);
      await server.pool.query(`insert into ${table} select * from kept`);
      await server.pool.query('drop table kept');
    }
    await expectLedgerWhole(server.pool);
  });

  it('at a start refuses a ledger that somebody has cut, in one sentence', async () => {
    const database = await createTestDatabase();
    const first = await TestServer.start({ database });
    await first.createTeam('alpha');
    await first.stop();
    const pool = new Pool({ connectionString: database.ownerUrl, max: 1 });
    await pool.query('set session_replication_role = replica');
    await pool.query('delete from event where position = (select max(position) from event)');
    await pool.end();
    await expect(TestServer.start({ database })).rejects.toThrow(
      /^The ledger is broken[^.]*: its head is position \d+/,
    );
    await database.drop();
  });
});
