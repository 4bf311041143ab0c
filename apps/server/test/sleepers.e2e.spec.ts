import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { passTimeOfAll } from './pass-time';
import { build, ServerProcess } from './server-process';
import { task, workflow } from './workflows';

describe('many runs that sleep', () => {
  let database: TestDatabase;
  let pool: Pool;
  let server: ServerProcess;
  const base = '/api/v2/team/alpha';

  beforeAll(async () => {
    await build();
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
    server = await ServerProcess.start({ DATABASE_URL: database.url });
    await server.call('POST', '/api/v2/team', { name: 'alpha' });
  });
  afterAll(async () => {
    await server.end('SIGTERM');
    await pool.end();
    await database.drop();
  });

  const restart = async (): Promise<void> => {
    await server.end('SIGKILL');
    server = await ServerProcess.start({ DATABASE_URL: database.url });
  };
  const submit = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    let open = count;
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        while (open-- > 0) {
          const { body } = await server.call('POST', `${base}/workflow/sleeper/submit?start=true`, {});
          ids.push((body as { id: string }).id);
        }
      }),
    );
    return ids;
  };
  const awake = async (): Promise<number> => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from workflow_run where status = 'succeeded'`,
    );
    return rows[0]?.n ?? 0;
  };

  it('10,000 cost little, and each wakes once, though the server is killed while they wake', async () => {
    const definition = workflow('sleeper', [task('it', 'sleep', { duration: 3_600_000 })], ['it']);
    await server.call('PUT', `${base}/workflow`, definition);
    await restart();
    await sleep(1000);
    const before = server.residentMiB;
    const [last] = await submit(10_001);
    await restart();
    await sleep(1000);
    const asleep = server.residentMiB;
    if (before !== null && asleep !== null) expect(asleep - before).toBeLessThan(50);
    expect(await awake()).toBe(0);

    expect(await passTimeOfAll(pool, 'task-wake', last)).toBe(10_000);
    await until(awake, (count) => count > 500);
    await restart();
    await until(awake, (count) => count >= 10_000);

    const { rows } = await pool.query(
      `select count(*)::int as n, count(distinct stream_id)::int as runs from event e
        where type = 'TaskRunEnded' and data::jsonb ->> 'status' = 'succeeded'
          and exists (select 1 from event s where s.stream_id = e.stream_id and s.type = 'TaskRunWaiting'
                       and s.data::jsonb ->> 'taskId' = e.data::jsonb ->> 'taskId')`,
    );
    expect(rows[0]).toEqual({ n: 10_000, runs: 10_000 });
    expect((await pool.query('select stream_id from timer')).rows).toEqual([{ stream_id: last }]);
  });
});
