import { repetitions, until } from '#libs/testing';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { RestartableServer, type ServerProcess } from './server-process';

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
  let server: RestartableServer;
  beforeAll(async () => {
    server = await RestartableServer.start();
  });
  afterAll(() => server.stop());

  it(`come to their end, and do nothing twice (${kills} times kill -9)`, async () => {
    await server.call('PUT', `${base}/workflow`, simpleWorkflow('one'));
    const jobOf = async (id: string) => (await server.call('GET', `${base}/bulk/${id}`)).body as Job;
    const isOver = (job: Job): boolean => job.status !== 'running';
    const make = async (body: unknown) => (await server.call('POST', `${base}/bulk`, body)).body as Job;
    for (let run = 0; run < runsOfJob; run += 20) {
      await Promise.all(
        Array.from({ length: 20 }, () => server.call('POST', `${base}/workflow/one/submit`, { labels: { set: 'a' } })),
      );
    }
    const jobs: Job[] = [];
    for (const action of ['cancel', 'retry']) {
      const unlucky: ServerProcess[] = [await server.beside()];
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
        unlucky.push(await server.beside());
      }
      const end = await until(() => jobOf(job.id), isOver);
      expect(end).toMatchObject({ status: 'completed', runs: runsOfJob, outcomes: { done: runsOfJob } });
      await unlucky.pop()?.end('SIGTERM');
    }
    const countOf = async (type: string, job: Job | undefined) => {
      const { rows } = await server.pool.query<{ all: number; distinct: number }>(
        `select count(*)::int as all, count(distinct stream_id)::int as distinct from event
          where type = $1 and metadata::jsonb ->> 'causationId' = $2`,
        [type, job?.id],
      );
      return rows[0];
    };
    // The first event of a command has its metadata: of a cancelled run, that of its first task.
    const { rows } = await server.pool.query<{ type: string; runs: number }>(
      `select status as type, count(*)::int as runs from run_status group by status order by status`,
    );
    expect(rows).toEqual([
      { type: 'cancelled', runs: runsOfJob },
      { type: 'ready', runs: runsOfJob },
    ]);
    expect(await countOf('WorkflowRunSubmitted', jobs[1])).toEqual({ all: runsOfJob, distinct: runsOfJob });
    const cancels = await server.pool.query<{ n: number }>(
      `select count(*)::int as n from event where type = 'WorkflowRunCancelled'`,
    );
    expect(cancels.rows[0]?.n).toBe(runsOfJob);
    const retried = await server.pool.query<{ n: number }>(
      'select count(distinct retry_id)::int as n from bulk_run where bulk_id = $1',
      [jobs[1]?.id],
    );
    expect(retried.rows[0]?.n).toBe(runsOfJob);
    await expectLedgerWhole(server.pool);
  });

  it('go on after the only server was killed and started again', async () => {
    const filters = { statuses: ['ready'] };
    const { body } = await server.call('POST', `${base}/bulk`, { action: 'cancel', filters });
    const { id, runs } = body as Job;
    await server.restart();
    const end = await until(
      async () => (await server.call('GET', `${base}/bulk/${id}`)).body as Job,
      ({ status }) => status !== 'running',
    );
    expect([end.status, end.outcomes['done']]).toEqual(['completed', runs]);
    await expectLedgerWhole(server.pool);
    expect(await server.end()).toBe(0);
  });
});
