import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, repetitions, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { expectLedgerWhole } from './ledger-checks';
import { holdsOf, overlapsOf } from './lock-ledger';
import { build, ServerProcess } from './server-process';
import { task, workflow } from './workflows';

const kills = repetitions(2, 5);

describe('a lock among two servers, one of which is killed', () => {
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

  it(`has one holder at a time, and is free at the end (${kills} times kill -9 among ${12 * kills} runs)`, async () => {
    const environment = { DATABASE_URL: database.url };
    const steady = await ServerProcess.start(environment);
    const base = '/api/v2/team/alpha';
    await steady.call('POST', '/api/v2/team', { name: 'alpha' });
    const wanting = (name: string, limit: Record<string, unknown>, tries: Record<string, unknown>) =>
      workflow(
        name,
        [
          task('lock', 'acquirelock', { key: 'k', ...limit }, ['start'], tries),
          task('work', 'sleep', { duration: 10 }, ['lock:success']),
          task('unlock', 'releaselock', { key: 'k' }, ['work:success']),
        ],
        ['unlock'],
      );
    const names = ['eager', 'patient'];
    await steady.call('PUT', `${base}/workflow`, wanting('eager', { timeout: 80 }, { retries: 10, backoff: 1 }));
    await steady.call('PUT', `${base}/workflow`, wanting('patient', {}, {}));
    const ids: string[] = [];
    for (let round = 0; round < kills; round++) {
      const unlucky = await ServerProcess.start(environment);
      const submitted = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? steady : unlucky).call(
            'POST',
            `${base}/workflow/${names[index % 3 === 0 ? 1 : 0]}/submit?start=true`,
            {},
          ),
        ),
      );
      const made = submitted.map(({ body }) => (body as { id: string }).id);
      ids.push(...made);
      await steady.call('DELETE', `${base}/workflowrun/${made[round]}/cancel`);
      await sleep(30 * round);
      await unlucky.end('SIGKILL');
    }
    const open = async (): Promise<number> =>
      (await pool.query(`select id from run_status where phase <> 'completed' and phase <> 'finalized'`)).rows.length;
    await until(open, (count) => count === 0);
    expect(overlapsOf(await holdsOf(pool))).toEqual([]);
    const free = async () =>
      (await pool.query<{ state: { holder: unknown; queue: unknown[] } }>('select state from team_lock')).rows;
    await until(free, (locks) => locks.every(({ state }) => state.holder === null && state.queue.length === 0));
    expect(ids).toHaveLength(12 * kills);
    await expectLedgerWhole(pool);
    expect(await steady.end('SIGTERM')).toBe(0);
  });
});
