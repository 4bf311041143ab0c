import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#libs/testing';
import { TestServer } from './harness';
import { RealAgent } from './real-agent';
import { Runs, script, taskOf, workflow } from './workflows';

interface Claimed {
  readonly id: string;
  readonly fence: number;
  readonly status: string;
}

describe("the agents' protocol", () => {
  let server: TestServer;
  let runs: Runs;
  let agent: string;
  let count = 0;

  beforeAll(async () => {
    server = await TestServer.start({ leaseSeconds: 3 });
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    agent = await server.registerAgent();
  });

  const begin = async (more: Record<string, unknown> = {}): Promise<{ item: Claimed; run: string }> => {
    const run = await runs.start(workflow(`p-${++count}`, [script('a', ['start'], more)], ['a']));
    const item = await claim();
    expect((await server.report(item, 'start')).status).toBe(200);
    return { item, run };
  };
  const claim = async (by = agent): Promise<Claimed> => {
    const [item] = (await until(
      () => server.claim(by),
      (items) => items.length > 0,
    )) as Claimed[];
    if (!item) throw new Error('Nothing was claimed');
    return item;
  };
  const beat = (items?: readonly { id: string; fence: number }[]) =>
    server.put(
      `/api/v1/agent/${agent}/heartbeat`,
      items ? { body: { items: items.map(({ id, fence }) => ({ id, fence })) } } : {},
    );
  const ids = (answer: { body: { items: { id: string }[] } }): string[] => answer.body.items.map(({ id }) => id);

  it('a registration under one Idempotency-Key is one agent', async () => {
    const register = (key: string, host: string) =>
      server.post('/api/v1/agent/register', {
        body: { host, taskTypes: ['script'] },
        headers: { 'idempotency-key': key },
      });
    const answers = await Promise.all([1, 2, 3].map(() => register('first', 'one')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect((await register('first', 'another')).body).toMatchObject({ code: 422, reason: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await register('second', 'one')).text).not.toBe(answers[0]?.text);
    expect((await register('not visible', 'one')).status).toBe(400);
  });

  it('several reports in one request are accepted or refused each by itself, those of one task in their order', async () => {
    const tasks = ['a', 'b', 'c'].map((name) => script(name, ['start']));
    const run = await runs.start(workflow(`p-${++count}`, tasks, ['a', 'b', 'c']));
    const items = (await until(
      () => server.claim(agent),
      (found) => found.length > 0,
    )) as Claimed[];
    const send = (reports: readonly object[], headers: Record<string, string> = {}) =>
      server.put('/api/v1/taskrun/batch', { body: { reports }, headers });
    while (items.length < 3) items.push(...((await server.claim(agent)) as Claimed[]));
    const [one, two, three] = items as [Claimed, Claimed, Claimed];
    const events = async () =>
      Number((await server.pool.query('select count(*) as n from event where stream_id = $1', [run])).rows[0].n);
    const reports = [
      { id: one.id, fence: one.fence, report: 'start' },
      { id: one.id, fence: one.fence, report: 'end', body: { results: [{ name: 'r', value: 'x' }] } },
      { id: two.id, fence: two.fence + 1, report: 'start' },
      { id: 'nobody', fence: 1, report: 'end' },
      { id: three.id, fence: three.fence, report: 'end', body: { status: 'great' } },
      { id: three.id, fence: three.fence, report: 'release' },
    ];
    const first = await send(reports, { 'idempotency-key': 'reports' });
    expect(first.status).toBe(200);
    expect(first.body.map(({ id, report, status }: Record<string, unknown>) => [id, report, status])).toEqual([
      [one.id, 'start', 200],
      [one.id, 'end', 200],
      [two.id, 'start', 409],
      ['nobody', 'end', 400],
      [three.id, 'end', 400],
      [three.id, 'release', 200],
    ]);
    expect(first.body[2].error).toMatchObject({ reason: 'TASKRUN_STALE_FENCE' });
    expect(first.body[3].error).toMatchObject({ reason: 'TASKRUN_INVALID_REFERENCE' });
    expect(first.body[4].error.message).toContain("'succeeded', 'failed', 'invalid'");
    const state = (await runs.get(run)).tasks.find(({ id }: { id: string }) => id === one.id);
    expect(state).toMatchObject({ status: 'succeeded', results: [{ name: 'r', value: 'x' }] });
    const { rows } = await server.pool.query<{ commits: number }>(
      `select count(distinct recorded_at)::int as commits from event
        where stream_id = $1 and type in ('TaskRunStarted', 'TaskRunEnded') and data::jsonb ->> 'taskId' = $2`,
      [run, one.id],
    );
    expect(rows).toEqual([{ commits: 1 }]);
    // Sent again it changes nothing more.
    const before = await events();
    expect((await send(reports, { 'idempotency-key': 'reports' })).text).toBe(first.text);
    expect(await events()).toBe(before);
    for (const wrong of [
      [],
      [{ id: one.id, report: 'begin' }],
      [{ id: one.id, report: 'end', body: { statuss: 'x' } }],
    ])
      expect((await send(wrong)).status).toBe(400);
    const many = Array.from({ length: 257 }, () => ({ id: one.id, report: 'start' }));
    expect((await send(many)).body.message).toContain('256');
    await server.delete(`${runs.base}/workflowrun/${run}/cancel`);
  });

  it('an end gives its agent the next task of the run in the same commit, with its fence and its secrets', async () => {
    const next = { ...script('b', ['a']), params: [{ name: 'given', value: '$(tasks.a.results.r)' }] };
    const run = await runs.start(workflow(`p-${++count}`, [script('a', ['start']), next, script('c', ['b'])], ['c']));
    const first = await claim();
    const end = ({ id, fence }: Claimed, headers: Record<string, string> = {}, wanted: object = { agent, limit: 1 }) =>
      server.put('/api/v1/taskrun/batch', {
        body: {
          reports: [
            { id, fence, report: 'start' },
            { id, fence, report: 'end', body: { results: [{ name: 'r', value: 'x' }] } },
          ],
          next: wanted,
        },
        headers,
      });
    for (const [wrong, code] of [
      [{ agent: 'nobody', limit: 1 }, 1701],
      [{ agent, limit: 0 }, 400],
      [{ agent, limit: 257 }, 400],
    ] as const) {
      expect((await end(first, {}, wrong)).body.code).toBe(code);
    }
    const { body } = await end(first);
    expect(body.map(({ status }: { status: number }) => status)).toEqual([200, 200]);
    const [second] = body[1].next as (Claimed & { name: string; params: unknown })[];
    expect(second).toMatchObject({ name: 'b', phase: 'queued', params: [{ name: 'given', value: 'x' }] });
    const { rows } = await server.pool.query(
      `select count(distinct recorded_at)::int as commits from event where stream_id = $1
          and (type in ('TaskRunEnded', 'TaskRunStarted') and data::jsonb ->> 'taskId' = $2
            or type = 'TaskRunClaimed' and data::jsonb ->> 'taskId' = $3)`,
      [run, first.id, second?.id],
    );
    expect(rows).toEqual([{ commits: 1 }]);
    // Nobody else gets it, and a repeated end gives nothing out.
    expect(await server.claim(agent)).toEqual([]);
    expect((await end(first)).body[1].next).toBeUndefined();
    // Under an idempotency key the answer is kept, and a secret or a claim must not be.
    const kept = await end(second as Claimed, { 'idempotency-key': `next-${run}` });
    expect(kept.body.map(({ status }: { status: number }) => status)).toEqual([200, 200]);
    expect(kept.body[1].next).toBeUndefined();
    const last = await claim();
    expect((await end(last)).body[1].next).toBeUndefined();
    expect(await runs.get(run)).toMatchObject({ status: 'succeeded' });
  });

  it('a stop that was acknowledged is gone', async () => {
    const { item, run } = await begin();
    await server.delete(`${runs.base}/workflowrun/${run}/cancel`);
    const stop = await claim();
    expect(stop).toMatchObject({ id: item.id, status: 'cancelled' });
    expect(ids(await beat())).toEqual([item.id]);
    expect((await server.report(stop, 'cancel')).status).toBe(200);
    expect(ids(await beat())).toEqual([]);
    const { rows } = await server.pool.query('select 1 from agent_queue where id = $1', [item.id]);
    expect(rows).toEqual([]);
  });

  it('a stop of what the agent does not hold is gone without a word', async () => {
    const { item, run } = await begin();
    await server.delete(`${runs.base}/workflowrun/${run}/cancel`);
    const left = await until(
      async () => ids(await beat([])),
      (items) => !items.includes(item.id),
    );
    expect(left).toEqual([]);
  });

  it('what the agent does not name any more goes back; what it names stays', async () => {
    const kept = await begin();
    const lost = await begin();
    const state = async ({ run }: { run: string }) => taskOf(await runs.get(run), 'a').phase as string;
    await until(
      async () => {
        await beat([kept.item, { id: lost.item.id, fence: lost.item.fence + 1 }]);
        return state(lost);
      },
      (phase) => phase === 'pending',
    );
    expect(await state(kept)).toBe('running');
    const again = await claim();
    expect(again.id).toBe(lost.item.id);
    expect(again.fence).toBeGreaterThan(lost.item.fence);
    expect((await beat([{ id: 'nonsense', fence: 1 }])).status).toBe(200);
    expect((await beat([{ id: kept.item.id, fence: -1 }])).status).toBe(400);
    await server.report(kept.item, 'end');
    await server.report(again, 'end');
  });

  it('an agent that sends no body keeps what it has started', async () => {
    const { item, run } = await begin();
    // Longer than its lease.
    for (let round = 0; round < 5; round++) {
      await beat();
      await sleep(1000);
    }
    expect(taskOf(await runs.get(run), 'a').phase).toBe('running');
    await server.report(item, 'end');
  });

  it('a task that is given back is given to whoever asks next, and counts no try', async () => {
    const { item, run } = await begin();
    for (let round = 0, held = item; round < 7; round++) {
      expect((await server.report(held, 'release')).status).toBe(200);
      expect((await server.report(held, 'release')).status).toBe(200);
      expect((await server.report(held, 'end')).status).toBe(409);
      held = await claim();
      expect(held.id).toBe(item.id);
      if (round === 6) await server.report(held, 'end');
    }
    expect((await runs.ended(run)).status).toBe('succeeded');
  });

  it('a poll is held no longer than a lease, so that nothing is given to who has gone silent', async () => {
    const over = sleep(50_000, { status: 'it waits' }, { ref: false });
    const answer = await Promise.race([server.get(`/api/v1/agent/${agent}/tasks?wait=60`), over]);
    expect(answer.status).toBe(204);
  });

  it('an end that the server refuses ends the task failed, with its reason', async () => {
    const real = await RealAgent.start(server);
    try {
      // The mark of a sealed secret, which no request may contain.
      const spec = { script: `printf '\\356\\200\\200sealed:1:' > $(results.r.path)` };
      const run = await runs.start(
        workflow('refused', [script('a', ['start'], { results: [{ name: 'r' }], spec })], ['a']),
      );
      const task = taskOf(await runs.ended(run), 'a') as { status: string; statusMessage: string };
      expect(task.status).toBe('failed');
      expect(task.statusMessage).toContain('The server refused the end of this task (400)');
    } finally {
      await real.stop();
    }
  });
});
