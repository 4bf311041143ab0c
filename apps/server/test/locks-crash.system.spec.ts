import { setTimeout as sleep } from 'node:timers/promises';
import { repetitions, until } from '#libs/testing';
import { expectLedgerWhole } from './ledger-checks';
import { holdsOf, overlapsOf } from './lock-ledger';
import { RestartableServer } from './server-process';
import { task, workflow } from './workflows';

const kills = repetitions(2, 5);

describe('a lock among two servers, one of which is killed', () => {
  let server: RestartableServer;
  beforeAll(async () => {
    server = await RestartableServer.start();
  });
  afterAll(() => server.stop());

  it(`has one holder at a time, and is free at the end (${kills} times kill -9 among ${12 * kills} runs)`, async () => {
    const base = '/api/v2/team/alpha';
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
    await server.call('PUT', `${base}/workflow`, wanting('eager', { timeout: 80 }, { retries: 10, backoff: 1 }));
    await server.call('PUT', `${base}/workflow`, wanting('patient', {}, {}));
    const ids: string[] = [];
    for (let round = 0; round < kills; round++) {
      const unlucky = await server.beside();
      const submitted = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? server : unlucky).call(
            'POST',
            `${base}/workflow/${names[index % 3 === 0 ? 1 : 0]}/submit?start=true`,
            {},
          ),
        ),
      );
      const made = submitted.map(({ body }) => (body as { id: string }).id);
      ids.push(...made);
      await server.call('DELETE', `${base}/workflowrun/${made[round]}/cancel`);
      await sleep(30 * round);
      await unlucky.end('SIGKILL');
    }
    const open = async (): Promise<number> =>
      (await server.pool.query(`select id from run_status where phase <> 'completed' and phase <> 'finalized'`)).rows
        .length;
    await until(open, (count) => count === 0);
    expect(overlapsOf(await holdsOf(server.pool))).toEqual([]);
    const free = async () =>
      (await server.pool.query<{ state: { holder: unknown; queue: unknown[] } }>('select state from team_lock')).rows;
    await until(free, (locks) => locks.every(({ state }) => state.holder === null && state.queue.length === 0));
    expect(ids).toHaveLength(12 * kills);
    await expectLedgerWhole(server.pool);
    expect(await server.end()).toBe(0);
  });
});
