import { setTimeout as sleep } from 'node:timers/promises';
import { repetitions, until } from '#libs/testing';
import { expectLedgerWhole } from './ledger-checks';
import { passTimeOfAll } from './pass-time';
import type { Item } from './scripted-agent';
import { RestartableServer } from './server-process';
import { resultsOf, script, task, taskOf, workflow } from './workflows';

describe('what waits when the server is killed', () => {
  let server: RestartableServer;
  const base = '/api/v2/team/alpha';

  beforeAll(async () => {
    server = await RestartableServer.start();
  });
  afterAll(() => server.stop());

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies of every shape
  const call = async (method: string, path: string, body?: unknown): Promise<any> =>
    (await server.call(method, path, body)).body;
  const submit = async (name: string): Promise<string> =>
    (await call('POST', `${base}/workflow/${name}/submit?start=true`, {})).id as string;
  const start = async (definition: { name: string }): Promise<string> => {
    await call('PUT', `${base}/workflow`, definition);
    return submit(definition.name);
  };
  const run = (id: string) => call('GET', `${base}/workflowrun/${id}`);
  const waiting = (id: string, name = 'it') =>
    until(
      async () => taskOf(await run(id), name),
      ({ status }) => status === 'waiting',
    );

  it('goes on where it was, whatever it waits for', async () => {
    const hour = 3_600_000;
    const only = (name: string, type: string, params: Record<string, unknown>) =>
      workflow(name, [task('it', type, params)], ['it']);
    await call('PUT', `${base}/workflow`, only('child', 'sleep', { duration: hour }));
    const holder = await start(
      workflow(
        'holder',
        [task('lock', 'acquirelock', { key: 'k' }), task('it', 'sleep', { duration: hour }, ['lock'])],
        ['it'],
      ),
    );
    await waiting(holder);
    const ids = {
      sleep: await start(only('sleep', 'sleep', { duration: hour })),
      approval: await start(only('approval', 'approval', {})),
      manual: await start(only('manual', 'manual', { instructions: 'do' })),
      event: await start(only('event', 'eventwait', { topic: 't' })),
      lock: await start(only('lock', 'acquirelock', { key: 'k' })),
      child: await start(only('parent', 'runworkflow', { workflowRef: 'child', wait: true })),
      late: await start(
        workflow(
          'late',
          [task('nap', 'sleep', { duration: hour }), task('it', 'eventwait', { topic: 't' }, ['nap'])],
          ['it'],
        ),
      ),
      flaky: await start(workflow('flaky', [script('it', ['start'], { retries: 1, backoff: hour })], ['it'])),
    };
    await call('GET', `/api/v2/callback?ref=${ids.late}&topic=t`);
    const agent = (await call('POST', '/api/v1/agent/register', { host: 'spec', taskTypes: ['script'] })) as string;
    const claim = async (): Promise<Item> => {
      const items = await until(
        () => call('GET', `/api/v1/agent/${agent}/tasks?wait=1`),
        (found: Item[] | '') => found !== '' && found.length > 0,
      );
      return (items as Item[])[0] as Item;
    };
    const report = (item: Item, action: string, body: unknown = {}) =>
      server.call('PUT', `/api/v1/taskrun/${item.id}/${action}`, body, { 'runledger-fence': String(item.fence) });
    const first = await claim();
    await report(first, 'start');
    await report(first, 'end', { status: 'failed' });
    for (const id of [ids.sleep, ids.approval, ids.manual, ids.event, ids.lock, ids.child, ids.flaky])
      await waiting(id);

    await server.restart();

    for (const id of [ids.approval, ids.manual]) {
      const action = resultsOf(await waiting(id))['actionRef'];
      await call('PUT', `${base}/action`, [{ id: action, approved: true }]);
    }
    await call('GET', `/api/v2/callback?ref=${ids.event}&topic=t`);
    // The sleep, the child's, the nap and the pause before the next try.
    expect(await passTimeOfAll(server.pool, 'task-wake', holder)).toBe(4);
    // The child ends at the hour that it was to wake, and so its parent would hear of it then.
    await until(
      () => passTimeOfAll(server.pool, 'parent-notify'),
      (count) => count === 1,
    );
    await call('DELETE', `${base}/workflowrun/${holder}/cancel`);
    const second = await claim();
    await report(second, 'start');
    await report(second, 'end', {});
    for (const [what, id] of Object.entries(ids)) {
      const ended = await until(
        () => run(id),
        ({ phase }) => phase === 'completed',
      );
      expect([what, ended.status]).toEqual([what, 'succeeded']);
    }
    await expectLedgerWhole(server.pool);
  });

  it('leaves no lock held and no child alone, whenever it is killed and whatever is cancelled', async () => {
    const nap = (name: string, after: string[], ms = 20) => task(name, 'sleep', { duration: ms }, after);
    await call('PUT', `${base}/workflow`, workflow('leaf', [nap('it', ['start'], 60)], ['it']));
    await call(
      'PUT',
      `${base}/workflow`,
      workflow(
        'busy',
        [
          task('lock', 'acquirelock', { key: 'chaos' }),
          nap('inside', ['lock:success']),
          task('child', 'runworkflow', { workflowRef: 'leaf', wait: true }, ['inside:success']),
          task('unlock', 'releaselock', { key: 'chaos' }, ['child']),
          task('free', 'runworkflow', { workflowRef: 'leaf', wait: true }, ['start']),
        ],
        ['unlock', 'free'],
      ),
    );
    const ids: string[] = [];
    const cancelled = new Set<string>();
    for (let round = 0; round < repetitions(2, 4); round++) {
      const more = await Promise.all(Array.from({ length: 12 }, () => submit('busy')));
      ids.push(...more);
      await sleep(40 + 60 * round);
      const unlucky = more.filter((_, index) => index % 3 === round % 3);
      await Promise.all(
        unlucky.map(async (id) => {
          if ((await call('DELETE', `${base}/workflowrun/${id}/cancel`)).status === 'cancelled') cancelled.add(id);
        }),
      );
      await server.restart();
    }
    for (const id of ids) {
      const ended = await until(
        () => run(id),
        ({ phase }) => phase === 'completed',
      );
      expect(ended.status).toBe(cancelled.has(id) ? 'cancelled' : 'succeeded');
    }
    const open = async (): Promise<unknown[]> =>
      (
        await server.pool.query(
          `select id from workflow_run join run_status using (id) where fixed -> 'workflow' ->> 'name' = 'leaf' and phase <> 'completed'`,
        )
      ).rows;
    await until(open, (rows) => rows.length === 0);
    const orphans = await server.pool.query(
      `select c.id from workflow_run w join run_status c using (id) join run_status p on p.id = (w.fixed -> 'parent' ->> 'runId')::uuid
        where p.status = 'cancelled' and c.status not in ('cancelled', 'succeeded')`,
    );
    expect(orphans.rows).toEqual([]);
    const held = async (): Promise<unknown> =>
      (await server.pool.query(`select state from team_lock where key = 'chaos'`)).rows[0].state;
    const lock = (await until(held, (state) => (state as { holder: unknown }).holder === null)) as {
      queue: unknown[];
    };
    expect(lock.queue).toEqual([]);
    await expectLedgerWhole(server.pool);
  });
});
