import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { type Item, ScriptedAgent } from './scripted-agent';
import { build, ServerProcess } from './server-process';
import { resultsOf, script, task, taskOf, until, workflow } from './workflows';

describe('a server that is killed', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    build();
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
  }, 120_000);
  afterAll(async () => {
    for (const agent of ScriptedAgent.all) agent.stopped = true;
    ServerProcess.killAll();
    await pool.end();
    await database.drop();
  });

  it('loses nothing that it has acknowledged, and every run comes to its end (kill -9 among 200 runs)', async () => {
    const environment = { DATABASE_URL: database.url, RUNLEDGER_LEASE_SECONDS: '2' };
    let server = await ServerProcess.start(environment);
    await server.call('POST', '/api/v2/team', { name: 'alpha' });
    const definition = simpleWorkflow('two');
    definition.tasks.splice(2, 0, {
      name: 'b',
      type: 'script',
      spec: { script: 'x' },
      dependencies: [{ taskRef: 'a' }],
    });
    definition.tasks[3] = { name: 'end', type: 'end', dependencies: [{ taskRef: 'b', executionCondition: 'success' }] };
    await server.call('PUT', '/api/v2/team/alpha/workflow', definition);
    const agents = [1, 2, 3].map(() => new ScriptedAgent(() => server));
    const working = agents.map((agent) => agent.work());
    const submitted: string[] = [];
    const submitting = Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const headers = { 'idempotency-key': `run-${index}` };
        for (let attempt = 0; attempt < 200; attempt++) {
          try {
            const { status, body } = await server.call(
              'POST',
              '/api/v2/team/alpha/workflow/two/submit?start=true',
              {},
              headers,
            );
            if (status === 200) submitted.push((body as { id: string }).id);
            if (status === 200) return;
          } catch {
            // Not acknowledged: the key makes a retry safe.
          }
          await sleep(50);
        }
      }),
    );
    for (const pause of [150, 300]) {
      await sleep(pause);
      await server.end('SIGKILL');
      server = await ServerProcess.start(environment);
    }
    await submitting;
    const open = async () =>
      Number(
        (
          await pool.query<{ n: string }>(
            `select count(*) as n from workflow_run where phase <> 'completed' and phase <> 'finalized'`,
          )
        ).rows[0]?.n,
      );
    for (let waited = 0; (await open()) > 0 && waited < 300; waited++) await sleep(100);
    expect(await open()).toBe(0);
    for (const agent of agents) agent.stopped = true;
    await Promise.all(working);
    const runs = await pool.query<{ id: string; status: string }>('select id, status from workflow_run');
    expect(runs.rows).toHaveLength(200);
    expect(new Set(runs.rows.map(({ id }) => id))).toEqual(new Set(submitted));
    expect(new Set(runs.rows.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    const acknowledged = agents.flatMap(({ ended }) => [...ended]);
    const ends = await pool.query<{ n: string }>(
      `select count(*) as n from event where type = 'TaskRunEnded' and data::jsonb ->> 'taskId' = any($1)`,
      [acknowledged],
    );
    expect(Number(ends.rows[0]?.n)).toBe(acknowledged.length);
    await expectLedgerWhole(pool);
    expect(await server.end('SIGTERM')).toBe(0);
  }, 120_000);

  it('is started again on its embedded PostgreSQL, which has outlived it; the demo runs once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-start-'));
    try {
      const environment = { DATABASE_URL: '', RUNLEDGER_DATA_DIR: folder };
      const first = await ServerProcess.start(environment, []);
      expect(first.output.join('')).toContain('The run succeeded');
      const runs = async (server: ServerProcess) =>
        (await server.call('GET', '/api/v2/team/demo/workflowrun/query')).body as {
          content: { id: string; results: { value: string }[] }[];
        };
      const [run] = (await runs(first)).content;
      expect(run?.results[0]?.value).toMatch(/^version 1\.0\.0 \(checksum \d+\) is live on blue$/);
      await first.end('SIGKILL');
      const second = await ServerProcess.start(environment, []);
      expect((await runs(second)).content.map(({ id }) => id)).toEqual([run?.id]);
      expect(second.output.join('')).toContain('/workflow/release-train/submit');
      expect(await second.end('SIGTERM')).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('what waits when the server is killed', () => {
  let database: TestDatabase;
  let pool: Pool;
  let server: ServerProcess;
  const base = '/api/v2/team/alpha';

  beforeAll(async () => {
    build();
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
    server = await ServerProcess.start({ DATABASE_URL: database.url });
    await server.call('POST', '/api/v2/team', { name: 'alpha' });
  }, 120_000);
  afterAll(async () => {
    await server.end('SIGTERM');
    await pool.end();
    await database.drop();
  });

  const restart = async (): Promise<void> => {
    await server.end('SIGKILL');
    server = await ServerProcess.start({ DATABASE_URL: database.url });
  };
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
    const only = (name: string, type: string, params: Record<string, unknown>) =>
      workflow(name, [task('it', type, params)], ['it']);
    await call('PUT', `${base}/workflow`, only('child', 'sleep', { duration: 3000 }));
    const holder = await start(
      workflow(
        'holder',
        [task('lock', 'acquirelock', { key: 'k' }), task('it', 'sleep', { duration: 3_600_000 }, ['lock'])],
        ['it'],
      ),
    );
    await waiting(holder);
    const ids = {
      sleep: await start(only('sleep', 'sleep', { duration: 3000 })),
      approval: await start(only('approval', 'approval', {})),
      manual: await start(only('manual', 'manual', { instructions: 'do' })),
      event: await start(only('event', 'eventwait', { topic: 't' })),
      lock: await start(only('lock', 'acquirelock', { key: 'k' })),
      child: await start(only('parent', 'runworkflow', { workflowRef: 'child', wait: true })),
      late: await start(
        workflow(
          'late',
          [task('nap', 'sleep', { duration: 3000 }), task('it', 'eventwait', { topic: 't' }, ['nap'])],
          ['it'],
        ),
      ),
      flaky: await start(workflow('flaky', [script('it', ['start'], { retries: 1, backoff: 3000 })], ['it'])),
    };
    await call('GET', `/api/v2/callback?ref=${ids.late}&topic=t`);
    const agent = (await call('POST', '/api/v1/agent/register', { host: 'spec', taskTypes: ['script'] })) as string;
    const claim = async (): Promise<Item> => {
      const items = await until(
        () => call('GET', `/api/v1/agent/${agent}/tasks?wait=1`),
        (found: Item[] | '') => found !== '' && found.length > 0,
        20,
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

    await restart();

    for (const id of [ids.approval, ids.manual]) {
      const action = resultsOf(await waiting(id))['actionRef'];
      await call('PUT', `${base}/action`, [{ id: action, approved: true }]);
    }
    await call('GET', `/api/v2/callback?ref=${ids.event}&topic=t`);
    await call('DELETE', `${base}/workflowrun/${holder}/cancel`);
    const second = await claim();
    await report(second, 'start');
    await report(second, 'end', {});
    for (const [what, id] of Object.entries(ids)) {
      const ended = await until(
        () => run(id),
        ({ phase }) => phase === 'completed',
        20,
      );
      expect([what, ended.status]).toEqual([what, 'succeeded']);
    }
    await expectLedgerWhole(pool);
  }, 60_000);

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
    for (let round = 0; round < 4; round++) {
      const more = await Promise.all(Array.from({ length: 12 }, () => submit('busy')));
      ids.push(...more);
      await sleep(40 + 60 * round);
      const unlucky = more.filter((_, index) => index % 3 === round % 3);
      await Promise.all(
        unlucky.map(async (id) => {
          if ((await call('DELETE', `${base}/workflowrun/${id}/cancel`)).status === 'cancelled') cancelled.add(id);
        }),
      );
      await restart();
    }
    for (const id of ids) {
      const ended = await until(
        () => run(id),
        ({ phase }) => phase === 'completed',
        40,
      );
      expect(ended.status).toBe(cancelled.has(id) ? 'cancelled' : 'succeeded');
    }
    const open = async (): Promise<unknown[]> =>
      (
        await pool.query(
          `select id from workflow_run where fixed -> 'workflow' ->> 'name' = 'leaf' and phase <> 'completed'`,
        )
      ).rows;
    await until(open, (rows) => rows.length === 0, 5);
    const orphans = await pool.query(
      `select c.id from workflow_run c join workflow_run p on p.id = (c.fixed -> 'parent' ->> 'runId')::uuid
        where p.status = 'cancelled' and c.status not in ('cancelled', 'succeeded')`,
    );
    expect(orphans.rows).toEqual([]);
    const held = async (): Promise<unknown> =>
      (await pool.query(`select state from team_lock where key = 'chaos'`)).rows[0].state;
    const lock = (await until(held, (state) => (state as { holder: unknown }).holder === null, 5)) as {
      queue: unknown[];
    };
    expect(lock.queue).toEqual([]);
    await expectLedgerWhole(pool);
  }, 120_000);

  it('10,000 sleeping runs cost little, and each wakes once', async () => {
    await call(
      'PUT',
      `${base}/workflow`,
      workflow('sleeper', [task('it', 'sleep', { duration: '$(params.ms)' })], ['it'], {
        params: [{ name: 'ms', type: 'number' }],
      }),
    );
    await restart();
    await sleep(1000);
    const before = server.residentMiB;
    const submit = async (count: number, until: number): Promise<void> => {
      let open = count;
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          while (open-- > 0) {
            const params = [{ name: 'ms', value: until - Date.now() }];
            await call('POST', `${base}/workflow/sleeper/submit?start=true`, { params });
          }
        }),
      );
    };
    // The hour until they wake is enough to submit them all, even on a loaded machine: the first submits show how long
    // it takes.
    const started = Date.now();
    await submit(500, started + 3_600_000);
    const wakeAt = Date.now() + 10_000 + 30 * (Date.now() - started);
    await submit(10_000, wakeAt);
    await restart();
    await sleep(1000);
    const asleep = server.residentMiB;
    if (before !== null && asleep !== null) expect(asleep - before).toBeLessThan(50);
    const awake = async (): Promise<number> =>
      Number(
        (
          await pool.query(
            `select count(*) as n from workflow_run where status = 'succeeded' and fixed -> 'workflow' ->> 'name' = 'sleeper'`,
          )
        ).rows[0].n,
      );
    expect(await awake()).toBe(0);
    await sleep(Math.max(0, wakeAt - Date.now() + 500));
    await restart();
    await until(awake, (count) => count === 10_000, 120);
    const { rows } = await pool.query(
      `select count(*)::int as n, count(distinct stream_id)::int as runs from event e
        where type = 'TaskRunEnded' and data::jsonb ->> 'status' = 'succeeded'
          and exists (select 1 from event s where s.stream_id = e.stream_id and s.type = 'TaskRunWaiting' and s.data::jsonb ->> 'taskId' = e.data::jsonb ->> 'taskId'
                       and s.stream_id in (select id from workflow_run where fixed -> 'workflow' ->> 'name' = 'sleeper'))`,
    );
    expect(rows[0]).toEqual({ n: 10_000, runs: 10_000 });
    expect(Number((await pool.query('select count(*) as n from timer')).rows[0].n)).toBe(500); // those that sleep for an hour
  }, 900_000);
});
