import { TestServer } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { holdsOf, overlapsOf } from './lock-ledger';
import { Runs, task, until, workflow } from './workflows';

describe('a lock that is wanted with a limit and with tries', () => {
  let server: TestServer;
  let runs: Runs;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());

  const free = async (): Promise<void> => {
    await until(
      async () => (await server.pool.query('select state from team_lock')).rows as { state: Record<string, unknown> }[],
      (rows) => rows.length > 0 && rows.every(({ state }) => state['holder'] === null && String(state['queue']) === ''),
    );
  };

  it('has one holder at a time: 40 runs with 60 ms of patience and 1 ms between tries, among 5 that wait as long as it takes', async () => {
    const wanting = (name: string, limit: Record<string, unknown>, tries: Record<string, unknown>) =>
      workflow(
        name,
        [
          task('lock', 'acquirelock', { key: 'deploy', ...limit }, ['start'], tries),
          task('work', 'sleep', { duration: 10 }, ['lock:success']),
          task('unlock', 'releaselock', { key: 'deploy' }, ['work:success']),
        ],
        ['unlock'],
      );
    const eager = wanting('eager', { timeout: 60 }, { retries: 12, backoff: { delay: 1, factor: 1 } });
    for (const definition of [eager, wanting('patient', {}, {})])
      expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
    const names = Array.from({ length: 45 }, (_, index) => (index % 9 === 8 ? 'patient' : 'eager'));
    const answers = await Promise.all(names.map((name) => server.submit('alpha', name)));
    const ended = await Promise.all(answers.map(({ body }) => runs.ended(body.id as string, 50)));
    const holds = await holdsOf(server.pool);
    expect(overlapsOf(holds)).toEqual([]);
    // A run that got the lock has done its work; only those with a time limit may have gone without.
    const got = ended.filter(({ status }) => status === 'succeeded');
    expect(holds.map(({ runId }) => runId).sort()).toEqual(got.map(({ id }) => id as string).sort());
    expect(ended.filter((_, index) => names[index] === 'patient').every(({ status }) => status === 'succeeded')).toBe(
      true,
    );
    await free();
    await expectLedgerWhole(server.pool);
  }, 90_000);

  it('is free once those that are cancelled among their tries are gone', async () => {
    const definition = workflow(
      'hasty',
      [
        task('lock', 'acquirelock', { key: 'release', timeout: 20 }, ['start'], { retries: 8, backoff: 0 }),
        task('again', 'acquirelock', { key: 'release' }, ['start']),
        task('work', 'sleep', { duration: 25 }, ['lock', 'again']),
      ],
      ['work'],
    );
    expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.submit('alpha', 'hasty')));
    const ids = answers.map(({ body }) => body.id as string);
    await Promise.all(
      ids.map(async (id, index) => {
        if (index % 2 === 0) await server.delete(`/api/v2/team/alpha/workflowrun/${id}/cancel`);
        await runs.ended(id, 40);
      }),
    );
    expect(overlapsOf(await holdsOf(server.pool))).toEqual([]);
    await free();
    await expectLedgerWhole(server.pool);
  }, 60_000);
});
