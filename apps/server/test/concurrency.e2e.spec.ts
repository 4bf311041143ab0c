import { repetitions, until } from '#libs/testing';
import { expectLedgerWhole } from './ledger-checks';
import { type Answer, simpleWorkflow, TestServer } from './harness';
import { script, task, unlessBusy, workflow } from './workflows';

const base = '/api/v2/team/alpha/workflowrun';
/** Runs of 25 tasks side by side. */
const wide = repetitions(20, 200);

function fanIn(name: string, width: number) {
  const names = Array.from({ length: width }, (_, index) => `t${index}`);
  return {
    name,
    tasks: [
      { name: 'start', type: 'start' },
      ...names.map((each) => ({
        name: each,
        type: 'script',
        spec: { script: 'x' },
        dependencies: [{ taskRef: 'start' }],
      })),
      { name: 'join', type: 'script', spec: { script: 'x' }, dependencies: names.map((taskRef) => ({ taskRef })) },
      { name: 'end', type: 'end', dependencies: [{ taskRef: 'join' }] },
    ],
  };
}

describe('many at once, on two servers of one database', () => {
  let one: TestServer;
  let two: TestServer;
  const either = (index: number) => (index % 2 === 0 ? one : two);

  beforeAll(async () => {
    one = await TestServer.start();
    two = await TestServer.start({ database: one.database });
    await one.createTeam('alpha');
    await one.saveWorkflow('alpha', simpleWorkflow('one'));
    await one.saveWorkflow('alpha', fanIn('fan', 50));
  });
  afterAll(async () => {
    await expectLedgerWhole(one.pool);
    await two.stop();
    await one.stop();
  });

  it('64 starts of one run: one wins', async () => {
    const { id } = (await one.submit('alpha', 'one', {}, false)).body;
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => either(index).put(`${base}/${id}/start`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 1304)).toHaveLength(63);
  });

  it('50 ends of one fan-in: the join is decided once', async () => {
    const { id } = (await one.submit('alpha', 'fan')).body;
    const agent = await one.registerAgent();
    const all = await one.claim(agent);
    const tasks = all.filter(({ workflowRunRef }: { workflowRunRef: string }) => workflowRunRef === id);
    expect(tasks).toHaveLength(50);
    const answers = await Promise.all(tasks.map((task: never, index: number) => either(index).report(task, 'end')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const ready = await one.pool.query(
      `select count(*)::int as n from event where stream_id = $1 and type = 'TaskRunReady'`,
      [id],
    );
    expect(ready.rows[0].n).toBe(51);
  });

  it('a cancel against the last end: one terminal status', async () => {
    const agent = await one.registerAgent();
    for (let round = 0; round < 10; round++) {
      const { id } = (await one.submit('alpha', 'one')).body;
      // A poll may only bring the task that the last round cancelled.
      let task;
      while (!task) {
        const tasks = await one.claim(agent, 'tasks', 100, 5);
        task = tasks.find(({ workflowRunRef }: { workflowRunRef: string }) => workflowRunRef === id);
      }
      const [cancelled, ended] = await Promise.all([one.delete(`${base}/${id}/cancel`), two.report(task, 'end')]);
      const { body } = await two.get(`${base}/${id}`);
      expect(body.status).toBe(cancelled.status === 200 ? 'cancelled' : 'succeeded');
      expect(ended.status).toBe(cancelled.status === 200 ? 409 : 200);
      const terminal = await one.pool.query(
        `select count(*)::int as n from event where stream_id = $1 and type in ('WorkflowRunCompleted', 'WorkflowRunCancelled')`,
        [id],
      );
      expect(terminal.rows[0].n).toBe(1);
    }
  });

  it('1,000 submits with one key: one run', async () => {
    const before = (await one.get(`${base}/count`)).body.status.all as number;
    const submit = (index: number) =>
      either(index).post('/api/v2/team/alpha/workflow/one/submit', {
        body: {},
        headers: { 'idempotency-key': 'thousand' },
      });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => unlessBusy(() => submit(index))));
    expect(new Set(answers.map(({ body }) => body.id as string)).size).toBe(1);
    expect((await one.get(`${base}/count`)).body.status.all).toBe(before + 1);
  });

  it('two agents on two servers: each task is claimed once', async () => {
    const runs = await Promise.all(Array.from({ length: 40 }, (_, index) => either(index).submit('alpha', 'one')));
    const agents = await Promise.all([one.registerAgent(), two.registerAgent()]);
    const ids = new Set(runs.map(({ body }) => body.id as string));
    const claimed: string[] = [];
    while (claimed.length < 40) {
      const got = await Promise.all([one.claim(agents[0], 'tasks', 7), two.claim(agents[1], 'tasks', 7)]);
      for (const { id, workflowRunRef } of got.flat())
        if (ids.has(workflowRunRef as string)) claimed.push(id as string);
    }
    expect(claimed).toHaveLength(40);
    expect(new Set(claimed).size).toBe(40);
  });
  it('8 submits at once against a quota of 1 admit 1', async () => {
    await one.createTeam('tight');
    await one.saveWorkflow('tight', workflow('w', [task('it', 'sleep', { duration: 3_600_000 })], ['it']));
    const patch = (quotas: unknown) => one.request('PATCH', '/api/v2/team/tight', { body: { quotas } });
    await patch({ maxConcurrentRuns: 1 });
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => either(index).submit('tight', 'w')));
      const admitted = answers.filter(({ status }) => status === 200);
      expect(admitted).toHaveLength(1);
      for (const { status, body } of answers) {
        if (status === 200) continue;
        expect(body).toMatchObject({ code: 1020, reason: 'QUOTA_EXCEEDED', status: '429 TOO_MANY_REQUESTS' });
        expect(body.message).toBe('A quota has been exceeded. Concurrent runs (executions): 2 / 1.');
      }
      expect((await one.get('/api/v2/team/tight')).body.quotas).toMatchObject({ currentConcurrentRuns: 1 });
      await two.delete(`/api/v2/team/tight/workflowrun/${admitted[0]?.body.id as string}/cancel`);
    }
    await patch({ maxConcurrentRuns: 0, maxWorkflowRunMonthly: 7 });
    const more = await Promise.all(Array.from({ length: 8 }, (_, index) => either(index).submit('tight', 'w')));
    expect(more.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  it(`${25 * wide} tasks and two agents: the result of each is accepted once`, async () => {
    const names = Array.from({ length: 25 }, (_, index) => `t${index}`);
    await one.saveWorkflow(
      'alpha',
      workflow(
        'wide',
        names.map((name) => script(name)),
        names,
      ),
    );
    const answers = await Promise.all(
      Array.from({ length: wide }, (_, index) => unlessBusy(() => either(index).submit('alpha', 'wide'))),
    );
    const ids = answers.map(({ body }) => body.id as string);
    const accepted = new Map<string, number>();
    const work = async (server: TestServer): Promise<void> => {
      const agent = await server.registerAgent();
      while (accepted.size < 25 * wide) {
        const items = (await server.claim(agent, 'tasks', 200, 1)) as {
          id: string;
          fence: number;
          workflowRunRef: string;
        }[];
        await Promise.all(
          items.map(async (item) => {
            if (!ids.includes(item.workflowRunRef)) return;
            // Each sends it twice, and the other server gets it too.
            const ends = await Promise.all([
              unlessBusy(() => one.report(item, 'end')),
              unlessBusy(() => two.report(item, 'end')),
              unlessBusy(() => server.report({ ...item, fence: item.fence + 1 }, 'end')),
            ]);
            expect(ends.map(({ status }) => status)).toEqual([200, 200, 409]);
            accepted.set(item.id, (accepted.get(item.id) ?? 0) + 1);
          }),
        );
      }
    };
    await Promise.all([work(one), work(two)]);
    expect(accepted.size).toBe(25 * wide);
    expect([...accepted.values()].every((times) => times === 1)).toBe(true);
    for (const id of ids) expect((await one.get(`${base}/${id}?withTasks=false`)).body.status).toBe('succeeded');
    const { rows } = await one.pool.query(
      `select count(*)::int as ends, count(distinct data::jsonb ->> 'taskId')::int as tasks from event
        where type = 'TaskRunEnded' and stream_id = any($1) and data::jsonb ->> 'taskId' = any($2)`,
      [ids, [...accepted.keys()]],
    );
    expect(rows[0]).toEqual({ ends: 25 * wide, tasks: 25 * wide });
  });
});

describe('leases', () => {
  it('gives what a silent agent held to another, and refuses the old one', async () => {
    const server = await TestServer.start({ leaseSeconds: 3 });
    try {
      await server.createTeam('alpha');
      await server.saveWorkflow('alpha', simpleWorkflow('one'));
      const { id } = (await server.submit('alpha', 'one')).body;
      const silent = await server.registerAgent();
      const [first] = await server.claim(silent);
      await server.report(first, 'start');
      const other = await server.registerAgent();
      const [second] = await until(
        () => server.claim(other, 'tasks', 1, 10),
        (items: Answer['body']) => items.length > 0,
      );
      expect(second.id).toBe(first.id);
      expect(second.fence).toBeGreaterThan(first.fence as number);
      expect((await server.report(first, 'end')).status).toBe(409);
      expect((await server.report(second, 'end')).status).toBe(200);
      expect((await server.get(`${base}/${id}`)).body.status).toBe('succeeded');
    } finally {
      await server.stop();
    }
  });

  it('of what was claimed and never started run out, though its agent goes on polling: the answer may have been lost', async () => {
    const server = await TestServer.start({ leaseSeconds: 3 });
    try {
      await server.createTeam('alpha');
      await server.saveWorkflow('alpha', simpleWorkflow('one'));
      await server.submit('alpha', 'one');
      const agent = await server.registerAgent();
      const [lost] = await server.claim(agent);
      const [again] = await until(
        () => server.claim(agent, 'tasks', 1, 1),
        (items: Answer['body']) => items.length > 0,
      );
      expect(again.id).toBe(lost.id);
      expect(again.fence).toBeGreaterThan(lost.fence as number);
      expect((await server.report(again, 'start')).status).toBe(200);
      for (let polls = 0; polls < 3; polls++) expect(await server.claim(agent, 'tasks', 1, 1)).toEqual([]);
      expect((await server.report(again, 'end')).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
