import { createTestDatabase, repetitions, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { build, ServerProcess } from './server-process';

const kills = repetitions(2, 5);
const runsOfJob = repetitions(300, 2000);
const base = '/api/v2/team/alpha';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

describe('bulk jobs among two servers, one of which is killed', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    await build();
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
  });
  afterAll(async () => {
    ServerProcess.killAll();
    await pool.end();
    await database.drop();
  });

  it(`come to their end, and do nothing twice (${kills} times kill -9)`, async () => {
    const environment = { DATABASE_URL: database.url };
    const steady = await ServerProcess.start(environment);
    await steady.call('POST', '/api/v2/team', { name: 'alpha' });
    await steady.call('PUT', `${base}/workflow`, simpleWorkflow('one'));
    const jobOf = async (id: string) => (await steady.call('GET', `${base}/bulk/${id}`)).body as Job;
    const isOver = (job: Job): boolean => job.status !== 'running';
    const make = async (body: unknown) => (await steady.call('POST', `${base}/bulk`, body)).body as Job;
    for (let run = 0; run < runsOfJob; run += 20) {
      await Promise.all(
        Array.from({ length: 20 }, () => steady.call('POST', `${base}/workflow/one/submit`, { labels: { set: 'a' } })),
      );
    }
    const jobs: Job[] = [];
    for (const action of ['cancel', 'retry']) {
      const unlucky: ServerProcess[] = [await ServerProcess.start(environment)];
      const job = await make({
        action,
        filters: { labels: { set: 'a' }, statuses: action === 'cancel' ? ['ready'] : ['cancelled'] },
      });
      jobs.push(job);
      for (let kill = 1; kill <= kills; kill++) {
        // In the midst of it, whichever server has its turn.
        const part = (kill * job.runs) / (kills + 2);
        await until(async () => ((await jobOf(job.id)).outcomes['done'] ?? 0) >= part);
        await unlucky.pop()?.end('SIGKILL');
        unlucky.push(await ServerProcess.start(environment));
      }
      const end = await until(() => jobOf(job.id), isOver);
      expect(end).toMatchObject({ status: 'completed', runs: runsOfJob, outcomes: { done: runsOfJob } });
      await unlucky.pop()?.end('SIGTERM');
    }
    const countOf = async (type: string, job: Job | undefined) => {
      const { rows } = await pool.query<{ all: number; distinct: number }>(
        `select count(*)::int as all, count(distinct stream_id)::int as distinct from event
          where type = $1 and metadata::jsonb ->> 'causationId' = $2`,
        [type, job?.id],
      );
      return rows[0];
    };
    // The first event of a command has its metadata: of a cancelled run, that of its first task.
    const { rows } = await pool.query<{ type: string; runs: number }>(
      `select status as type, count(*)::int as runs from run_status group by status order by status`,
    );
    expect(rows).toEqual([
      { type: 'cancelled', runs: runsOfJob },
      { type: 'ready', runs: runsOfJob },
    ]);
    expect(await countOf('WorkflowRunSubmitted', jobs[1])).toEqual({ all: runsOfJob, distinct: runsOfJob });
    const cancels = await pool.query<{ n: number }>(
      `select count(*)::int as n from event where type = 'WorkflowRunCancelled'`,
    );
    expect(cancels.rows[0]?.n).toBe(runsOfJob);
    const retried = await pool.query<{ n: number }>(
      'select count(distinct retry_id)::int as n from bulk_run where bulk_id = $1',
      [jobs[1]?.id],
    );
    expect(retried.rows[0]?.n).toBe(runsOfJob);
    await expectLedgerWhole(pool);
    expect(await steady.end('SIGTERM')).toBe(0);
  });

  it('go on after the only server was killed and started again', async () => {
    const environment = { DATABASE_URL: database.url };
    const first = await ServerProcess.start(environment);
    const filters = { statuses: ['ready'] };
    const { body } = await first.call('POST', `${base}/bulk`, { action: 'cancel', filters });
    const { id, runs } = body as Job;
    await first.end('SIGKILL');
    const second = await ServerProcess.start(environment);
    const end = await until(
      async () => (await second.call('GET', `${base}/bulk/${id}`)).body as Job,
      ({ status }) => status !== 'running',
    );
    expect([end.status, end.outcomes['done']]).toEqual(['completed', runs]);
    await expectLedgerWhole(pool);
    await second.end('SIGTERM');
  });
});
