import { systemClock } from '#libs/kernel';
import { until } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { passTime } from './pass-time';
import { Runs, script, task, workflow } from './workflows';

const former = 'history-s3cret-of-the-submit';
const secret = 'history-s3cret-of-the-start';
const said = 'history-s3cret-in-a-result';

interface Event {
  readonly position: number;
  readonly version: number;
  readonly type: string;
  readonly time: string;
  readonly actor: { readonly id: string; readonly name?: string };
  readonly data: Record<string, unknown>;
}

describe('the history of a run', () => {
  let server: TestServer;
  let runs: Runs;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.createTeam('beta');
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());

  const path = (id: string, rest = '') => `/api/v2/team/alpha/workflowrun/${id}${rest}`;
  const eventsOf = async (id: string, query = 'limit=1000'): Promise<Event[]> =>
    (await server.get(path(id, `/events?${query}`))).body.events as Event[];

  describe('with 200 events', () => {
    let clock: jest.SpyInstance;
    let now = Date.now();
    let id: string;
    /** What the API answered, by the position of the newest event. */
    const recorded = new Map<number, Answer['body']>();

    let newest = 0;
    const newestPosition = async (): Promise<number> =>
      (newest = (await eventsOf(id, `limit=1000&after=${newest}`)).at(-1)?.position ?? newest);

    /** Asks until no event came in between. */
    const record = async (): Promise<void> => {
      for (;;) {
        const before = await newestPosition();
        const { body } = await server.get(path(id));
        if ((await newestPosition()) !== before) continue;
        if (!recorded.has(before)) recorded.set(before, body);
        return;
      }
    };
    const step = async (command: () => Promise<Answer>): Promise<Answer> => {
      now += 1234;
      const answer = await command();
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
      await record();
      return answer;
    };

    beforeAll(async () => {
      clock = jest.spyOn(systemClock, 'now').mockImplementation(() => now);
      const names = Array.from({ length: 45 }, (_, place) => `step-${place}`);
      const steps = names.map((name, place) =>
        script(name, [place === 0 ? 'start' : `step-${place - 1}`], {
          spec: { script: 'echo $(params.key)' },
          results: [{ name: 'out', description: 'what it says' }],
          retries: place === 3 ? 1 : 0,
        }),
      );
      const definition = workflow(
        'long',
        [
          ...steps,
          task('ask', 'approval', { numberOfApprovers: 1 }),
          task('nap', 'sleep', { duration: 3_600_000 }, ['step-10']),
          task('news', 'eventwait', { topic: 'news' }),
          task('held', 'acquirelock', { key: 'history' }),
          task('set', 'setwfproperty', { output: 'answer', value: '$(params.key)' }, ['step-1']),
        ],
        ['step-44', 'ask', 'nap', 'news', 'held', 'set'],
        {
          params: [
            { name: 'key', type: 'password' },
            { name: 'plain', type: 'text', default: 'p' },
          ],
        },
      );
      expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
      const { body } = await server.submit('alpha', 'long', { params: [{ name: 'key', value: former }] }, false);
      id = body.id as string;
      await record();
      await step(() =>
        server.put(path(id, '/start'), { body: { labels: { late: 'yes' }, params: [{ name: 'key', value: secret }] } }),
      );
      const agent = await server.registerAgent();
      for (const [place, name] of names.entries()) {
        now += 1234;
        const [item] = (await server.claim(agent, 'tasks', 1)) as { id: string; name: string; fence: number }[];
        if (!item) throw new Error(`${name} is not there`);
        await record();
        await step(() => server.report(item, 'start'));
        if (place === 2) await step(() => server.report(item, 'release'));
        if (place === 3) await step(() => server.report(item, 'end', { status: 'failed', statusMessage: 'no' }));
        if (place === 3) await passTime(server.pool, id, 'task-wake');
        if (place === 2 || place === 3) {
          const again = await until(
            async () => (await server.claim(agent, 'tasks', 1)) as { id: string; fence: number }[],
            (items) => items.length === 1,
          );
          await record();
          const [second] = again;
          if (!second) throw new Error('gone');
          await step(() => server.report(second, 'start'));
          await step(() => server.report(second, 'end', { results: [{ name: 'out', value: `${secret} ${said}` }] }));
          continue;
        }
        await step(() => server.report(item, 'end', { results: [{ name: 'out', value: { [place]: secret } }] }));
      }
      const actions = (await server.get('/api/v2/team/alpha/action/query')).body.content as { id: string }[];
      await step(() => server.put('/api/v2/team/alpha/action', { body: [{ id: actions[0]?.id, approved: true }] }));
      await step(() => server.post(`/api/v2/callback?ref=${id}&topic=news`, { body: { late: 'news' } }));
      await step(() => server.delete(path(id, '/cancel'), { headers: { 'x-reason': 'enough of it' } }));
      await step(() => server.put(path(id, '/finalize')));
    }, 120_000);
    afterAll(() => clock.mockRestore());

    it('is answered at each position as it was answered at that moment', async () => {
      const events = await eventsOf(id);
      expect(events.length).toBeGreaterThan(200);
      expect(recorded.size).toBeGreaterThan(140);
      for (const { position, version } of events) {
        const past = await server.get(path(id, `?at=${position}`));
        const same = await server.get(path(id, `?version=${version}`));
        expect([position, past.status, past.text]).toEqual([position, 200, same.text]);
        const known = recorded.get(position);
        if (known) expect([position, past.body]).toEqual([position, known]);
      }
      const { body } = await server.get(path(id, `?at=${events[9]?.position ?? 0}&withTasks=false`));
      expect(body.tasks).toBeUndefined();
    });

    it('comes in pages, filtered by type and actor', async () => {
      const all = await eventsOf(id);
      expect(all.map(({ version }) => version)).toEqual(all.map((_, place) => place + 1));
      const paged: Event[] = [];
      let after: number | undefined = 0;
      let pages = 0;
      while (after !== undefined) {
        const { body } = await server.get(path(id, `/events?limit=37&after=${after}`));
        paged.push(...(body.events as Event[]));
        after = body.next as number | undefined;
        pages++;
      }
      expect(paged).toEqual(all);
      expect(pages).toBe(Math.ceil(all.length / 37));
      const cancelled = await eventsOf(id, 'types=WorkflowRunCancelled,workflowrunfinalized');
      expect(cancelled.map(({ type }) => type)).toEqual(['WorkflowRunCancelled', 'WorkflowRunFinalized']);
      expect(cancelled[0]).toMatchObject({ reason: 'enough of it', actor: { id: expect.stringMatching(/^token:/) } });
      const byAgent = await eventsOf(
        id,
        `limit=1000&actors=${all.find(({ type }) => type === 'TaskRunClaimed')?.actor.id}`,
      );
      expect(new Set(byAgent.map(({ type }) => type))).toEqual(new Set(['TaskRunClaimed']));
      expect(byAgent[0]?.actor.name).toBe('spec');
    });

    it('says field by field what changed', async () => {
      const started = (await eventsOf(id, 'types=WorkflowRunStarted'))[0];
      const { version = 0, position = 0 } = started ?? {};
      const { body } = await server.get(path(id, `/diff?from=${version - 1}&to=${version}`));
      expect(body).toMatchObject({ from: { version: version - 1 }, to: { version, position } });
      const changes = body.changes as { path: string; before?: unknown; after?: unknown }[];
      expect(changes.map((each) => each.path)).toEqual(['/status', '/phase', '/labels/late', '/startTime']);
      expect(changes[0]).toEqual({ path: '/status', before: 'ready', after: 'running' });
      const claimed = (await eventsOf(id, 'types=TaskRunStarted&limit=8')).find(({ version: at }) => at > version + 8);
      const at = claimed?.position ?? 0;
      const task = await server.get(path(id, `/diff?by=position&from=${at - 1}&to=${at}`));
      expect((task.body.changes as { path: string }[]).map((each) => each.path)).toEqual([
        expect.stringMatching(/^\/tasks\/[^/]+\/status$/),
        expect.stringMatching(/^\/tasks\/[^/]+\/phase$/),
        expect.stringMatching(/^\/tasks\/[^/]+\/startTime$/),
      ]);
      const whole = await server.get(path(id, '/diff?from=1&to=200&limit=3&page=1'));
      expect(whole.body.changes).toHaveLength(3);
      expect(whole.body.total).toBeGreaterThan(100);
    });

    it('shows no secret', async () => {
      const last = (await eventsOf(id)).length;
      const answers = await Promise.all([
        server.get(path(id, '/events?limit=1000')),
        server.get(path(id, `?version=${last - 2}`)),
        server.get(path(id, `/diff?from=1&to=${last}&limit=10000`)),
        server.get(path(id, '/explain')),
      ]);
      for (const { status, text } of answers) {
        expect(status).toBe(200);
        for (const hidden of [former, secret, 'sealed:', '"fence"']) expect(text).not.toContain(hidden);
      }
      expect(answers[0]?.text).toContain('******');
    });
  });

  it('is answered at a time, and not before the run existed or after now', async () => {
    const id = await runs.start(workflow('timed', [task('ask', 'approval')], ['ask']));
    const before = (await runs.get(id)).creationDate as string;
    const waiting = await runs.waiting(id, 'ask');
    const time = new Date().toISOString();
    await until(
      () => Promise.resolve(Date.now()),
      (now) => now > Date.parse(time) + 5,
    );
    await server.delete(path(id, '/cancel'));
    const past = await server.get(path(id, `?at=${time}`));
    expect(past.body).toMatchObject({ status: 'running', awaitingApproval: true });
    expect(past.body.tasks[1]).toMatchObject({ id: waiting.id, status: 'waiting' });
    const first = (await eventsOf(id))[0];
    // Our own timestamps, as a client copies them.
    expect((await server.get(path(id, `?at=${first?.time ?? ''}`))).status).toBe(200);
    const early = await server.get(path(id, `?at=${new Date(Date.parse(before) - 1000).toISOString()}`));
    expect(early.body).toMatchObject({
      code: 1301,
      message: expect.stringContaining(`at position ${first?.position ?? 0}`),
    });
    const atPosition = await server.get(path(id, `?at=${(first?.position ?? 0) - 1}`));
    expect(atPosition.body).toMatchObject({ code: 1301 });
  });

  it('has the names that its team, its workflow and its people had', async () => {
    await server.createTeam('then');
    const members = (name: string) => ({ members: [{ id: 'ann', name, role: 'owner' }] });
    await server.request('PATCH', '/api/v2/team/then', { body: members('Ann') });
    const ann = (await server.post('/api/v2/token', { body: { type: 'user', principal: 'ann' } })).body.token as string;
    const saved = await server.saveWorkflow('then', workflow('before', [task('ask', 'approval')], ['ask']));
    const run = (await server.post('/api/v2/team/then/workflow/before/submit?start=true', { body: {}, token: ann }))
      .body;
    const of = (team: string, rest = '') => `/api/v2/team/${team}/workflowrun/${run.id as string}${rest}`;
    const { body: before } = await server.get(of('then'));
    expect(before).toMatchObject({ workflowName: 'before', initiatedByUserName: 'Ann' });
    const { events } = (await server.get(of('then', '/events'))).body as { events: Event[] };
    const time = new Date().toISOString();
    await until(
      () => Promise.resolve(Date.now()),
      (now) => now > Date.parse(time) + 5,
    );
    const renamed = { ...workflow('after', [task('ask', 'approval')], ['ask']), id: saved.body.id as string };
    expect((await server.saveWorkflow('then', renamed)).status).toBe(200);
    await server.request('PATCH', '/api/v2/team/then', { body: { name: 'now', ...members('Annabel') } });
    expect((await server.get(of('now'))).body).toMatchObject({ workflowName: 'after', initiatedByUserName: 'Annabel' });
    const durationless = ({ duration: _duration, tasks, ...rest }: Answer['body']) => ({
      ...rest,
      tasks: (tasks as Answer['body'][]).map(({ duration: _taskDuration, ...each }: Answer['body']) => each),
    });
    for (const at of [time, String(events.at(-1)?.position ?? 0)]) {
      expect(durationless((await server.get(of('now', `?at=${at}`))).body)).toEqual(durationless(before));
    }
  });

  it('refuses what names no moment, by the field', async () => {
    const id = await runs.start(workflow('short', [], ['start']));
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const wrong: readonly (readonly [string, string])[] = [
      ['?at=yesterday', 'Parameter at'],
      ['?at=0', 'Parameter at'],
      ['?at=-3', 'Parameter at'],
      ['?at=2026-02-30T00:00:00Z', 'Parameter at'],
      ['?at=2026-02-03T00:00:00', 'Parameter at'],
      ['?at=99999999999', 'Parameter at must be at most'],
      [`?at=${tomorrow}`, 'Parameter at must not be later than now'],
      ['?version=0', 'Parameter version'],
      ['?version=1000', 'Parameter version must be at most'],
      ['?version=1&at=1', 'Parameter version must not be given together with at'],
      ['/diff?from=1', 'Parameter to is required'],
      ['/diff?to=1', 'Parameter from is required'],
      ['/diff?from=2&to=1', 'Parameter from must be at most to'],
      ['/diff?from=1&to=1000', 'Parameter to must be at most'],
      ['/diff?from=1&to=2&by=time', 'Parameter by'],
      ['/diff?from=1&to=2&limit=0', 'Parameter limit'],
      ['/events?types=Nonsense', 'Parameter types'],
      ['/events?limit=1001', 'Parameter limit'],
      ['/events?after=x', 'Parameter after'],
      ['/events?page=2', 'Parameter "page" is unknown'],
    ];
    for (const [query, message] of wrong) {
      const { status, body } = await server.get(path(id, query));
      expect([query, status, body.code, body.message]).toEqual([query, 400, 1001, expect.stringContaining(message)]);
    }
  });

  it('is out of reach where the run is', async () => {
    const id = await runs.start(workflow('secluded', [], ['start']));
    const { body } = await server.post('/api/v2/token', { body: { type: 'team', principal: 'beta', role: 'owner' } });
    for (const rest of [
      '',
      '?at=1',
      '?version=1',
      '?at=2020-01-01T00:00:00Z',
      '/events',
      '/diff?from=1&to=1',
      '/explain',
    ]) {
      const foreign = await server.get(`/api/v2/team/beta/workflowrun/${id}${rest}`, { token: body.token as string });
      const unknown = await server.get(path('01a210d2-4185-71d7-99d7-c37cc45f0000', rest));
      const malformed = await server.get(path('x', rest));
      const message = 'Invalid WorkflowRun reference has been provided.';
      for (const answer of [foreign, unknown, malformed]) {
        expect([rest, answer.status, answer.body.code, answer.body.message]).toEqual([rest, 400, 1301, message]);
      }
    }
  });
});
