import { createTestDatabase, repetitions, until } from '#libs/testing';
import { TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { passTimeOfAll } from './pass-time';
import { task, unlessBusy, workflow } from './workflows';

const tick = workflow('tick', [task('got', 'setwfproperty', { output: 'got', value: 1 })], ['got'], {
  triggers: { schedule: { enabled: true } },
});

const firings = repetitions(200, 1000);

describe('many firings on three servers', () => {
  it(`${firings} make as many runs`, async () => {
    const database = await createTestDatabase();
    const servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ database })));
    try {
      const [one] = servers as [TestServer];
      await one.createTeam('alpha');
      await one.saveWorkflow('alpha', tick);
      const date = new Date(Date.now() + 3_600_000).toISOString();
      const ids = new Set<string>();
      const save = async (index: number): Promise<void> => {
        const body = { workflowRef: 'tick', type: 'runOnce', dateSchedule: date };
        const headers = { 'idempotency-key': String(index) };
        const server = servers[index % 3] as TestServer;
        const made = await unlessBusy(() => server.post('/api/v2/team/alpha/schedule', { body, headers }));
        ids.add(made.body.id as string);
      };
      for (let index = 0; index < firings; index += 50)
        await Promise.all(Array.from({ length: 50 }, (_, more) => save(index + more)));
      expect(ids.size).toBe(firings);
      const count = async (): Promise<number> =>
        (await one.get('/api/v2/team/alpha/schedule/query?statuses=completed&limit=1')).body.totalElements as number;
      expect(await passTimeOfAll(one.pool, 'schedule')).toBe(firings);
      await until(count, (completed) => completed === firings);
      const { body } = await one.get('/api/v2/team/alpha/workflowrun/count');
      expect(body.status).toMatchObject({ all: firings, succeeded: firings });
      const { rows } = await one.pool.query(
        `select count(*)::int as fired, count(distinct data::jsonb ->> 'runId')::int as runs from event where type = 'ScheduleFired'`,
      );
      expect(rows[0]).toEqual({ fired: firings, runs: firings });
      await expectLedgerWhole(one.pool);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await database.drop();
    }
  });
});
