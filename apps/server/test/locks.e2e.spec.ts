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

  /** 40 runs that want one lock at once, each with that much patience; how many have got it. */
  const compete = async (patience: number): Promise<number> => {
    const name = `eager-${patience}`;
    const definition = workflow(
      name,
      [
        task('lock', 'acquirelock', { key: 'deploy', timeout: patience }, ['start'], {
          retries: 20,
          backoff: { delay: 1, factor: 1 },
        }),
        task('work', 'sleep', { duration: 5 }, ['lock:success']),
        task('unlock', 'releaselock', { key: 'deploy' }, ['work:success']),
      ],
      ['unlock'],
    );
    expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 40 }, () => server.submit('alpha', name)));
    const ended = await Promise.all(answers.map(({ body }) => runs.ended(body.id as string, 60)));
    // Whoever has got it has done its work; a run fails only once it has used up its tries.
    return ended.filter(({ status }) => status === 'succeeded').length;
  };

  it('has one holder at a time: 40 runs, 60 ms of patience, 1 ms between tries', async () => {
    let got = 0;
    // On a loaded machine nobody may get it within 60 ms: then with more patience.
    for (let patience = 60; patience < 100_000 && got < 2; patience *= 10) got += await compete(patience);
    const holds = await holdsOf(server.pool);
    expect(overlapsOf(holds)).toEqual([]);
    expect(holds).toHaveLength(got);
    expect(got).toBeGreaterThan(1);
    const { rows } = await server.pool.query<{ tries: number }>(
      `select max((state ->> 'tries')::int) as tries from task_run where state ->> 'type' = 'acquirelock'`,
    );
    expect(rows[0]?.tries).toBeGreaterThan(1);
    await free();
    await expectLedgerWhole(server.pool);
  }, 180_000);

  it('is free once those that are cancelled among their tries are gone', async () => {
    const definition = workflow(
      'hasty',
      [
        task('lock', 'acquirelock', { key: 'release', timeout: 20 }, ['start'], { retries: 20, backoff: 0 }),
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
