import { setTimeout as sleep } from 'node:timers/promises';
import { repetitions, until } from '#libs/testing';
import { passTimeOfAll } from './pass-time';
import { RestartableServer } from './server-process';
import { task, workflow } from './workflows';

const sleepers = repetitions(1000, 10_000);

describe('many runs that sleep', () => {
  let server: RestartableServer;
  const base = '/api/v2/team/alpha';

  beforeAll(async () => {
    server = await RestartableServer.start();
  });
  afterAll(() => server.stop());

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
    const { rows } = await server.pool.query<{ n: number }>(
      `select count(*)::int as n from run_status where status = 'succeeded'`,
    );
    return rows[0]?.n ?? 0;
  };

  it(`${sleepers} cost little, and each wakes once, though the server is killed while they wake`, async () => {
    const definition = workflow('sleeper', [task('it', 'sleep', { duration: 3_600_000 })], ['it']);
    await server.call('PUT', `${base}/workflow`, definition);
    await server.restart();
    await sleep(1000);
    const before = server.residentMiB;
    const [last] = await submit(sleepers + 1);
    await server.restart();
    await sleep(1000);
    const asleep = server.residentMiB;
    if (before !== null && asleep !== null) expect(asleep - before).toBeLessThan(50);
    expect(await awake()).toBe(0);

    expect(await passTimeOfAll(server.pool, 'task-wake', last)).toBe(sleepers);
    await until(awake, (count) => count > sleepers / 20);
    await server.restart();
    await until(awake, (count) => count >= sleepers);

    const { rows } = await server.pool.query(
      `select count(*)::int as n, count(distinct stream_id)::int as runs from event e
        where type = 'TaskRunEnded' and data::jsonb ->> 'status' = 'succeeded'
          and exists (select 1 from event s where s.stream_id = e.stream_id and s.type = 'TaskRunWaiting'
                       and s.data::jsonb ->> 'taskId' = e.data::jsonb ->> 'taskId')`,
    );
    expect(rows[0]).toEqual({ n: sleepers, runs: sleepers });
    expect((await server.pool.query('select stream_id from timer')).rows).toEqual([{ stream_id: last }]);
  });
});
