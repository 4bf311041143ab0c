import { until } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { Runs, script, task, workflow } from './workflows';

interface Wait {
  readonly kind: string;
  readonly sentence: string;
  readonly task?: { readonly name: string; readonly status: string };
  readonly since?: string;
  readonly until?: string;
  readonly timesOut?: { readonly at: string; readonly of: string };
  readonly who: readonly Record<string, unknown>[];
}
interface Item {
  readonly id: string;
  readonly fence: number;
  readonly name: string;
}

describe('the explanation of a run', () => {
  let server: TestServer;
  let runs: Runs;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('alpha');
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: {
        members: [
          { id: 'ann', email: 'ann@example.org', name: 'Ann', role: 'owner' },
          { id: 'bob', name: 'Bob', role: 'editor' },
        ],
        approverGroups: [{ name: 'release', approvers: ['ann@example.org', 'bob'] }],
      },
    });
    runs = new Runs(server, 'alpha');
  });
  afterAll(() => server.stop());

  const path = (id: string, rest = '') => `/api/v2/team/alpha/workflowrun/${id}${rest}`;
  const explain = async (id: string): Promise<Answer['body']> => {
    const { status, body, text } = await server.get(path(id, '/explain'));
    if (status !== 200) throw new Error(text);
    return body;
  };
  const waitOf = async (id: string, name?: string): Promise<Wait> => {
    const { waits } = (await explain(id)) as { waits: Wait[] };
    const found = waits.find((each) => each.task?.name === name);
    if (!found) throw new Error(`No wait of ${name ?? 'the run'} in ${JSON.stringify(waits)}`);
    return found;
  };
  const submit = async (definition: { readonly name: string }): Promise<string> => {
    const saved = await server.saveWorkflow('alpha', definition);
    if (saved.status !== 200) throw new Error(saved.text);
    return (await server.submit('alpha', definition.name, {}, false)).body.id as string;
  };
  const claim = async (agent: string, name: string): Promise<Item> => {
    const items = (await server.claim(agent)) as Item[];
    const item = items.find((each) => each.name === name);
    if (!item) throw new Error(`${name} is not there`);
    return item;
  };

  it('says who may start it, and who holds it', async () => {
    const id = await submit(workflow('started', [script('a')], ['a']));
    const run = await explain(id);
    expect(run).toMatchObject({ status: 'ready', phase: 'pending', version: 2 });
    expect(run.summary).toMatch(/^The run is ready since .* and has not been started\.$/);
    expect(await waitOf(id)).toMatchObject({
      kind: 'agent-for-run',
      sentence: expect.stringContaining('no living agent serves the team'),
      since: (await runs.get(id)).creationDate,
      who: [
        { kind: 'agents', count: 0 },
        { kind: 'team', name: 'alpha' },
      ],
    });
    expect(await waitOf(id, 'a')).toMatchObject({ kind: 'start', who: [{ kind: 'run', id, status: 'ready' }] });
    const agent = await server.registerAgent(['custom']);
    await server.claim(agent, 'workflows');
    const held = await waitOf(id);
    expect(held).toMatchObject({ kind: 'run-held', who: [{ kind: 'agent', id: agent, name: 'spec' }] });
    expect(Date.parse(held.until ?? '')).toBeGreaterThan(Date.now() + 30_000);
    await server.delete(path(id, '/cancel'));
  });

  it('says which agent a task waits for, which has claimed it, which runs it, and which must stop it', async () => {
    const definition = workflow('agents', [script('a', ['start'], { timeout: 5 }), script('b', ['a:success'])], ['b'], {
      timeout: 90,
    });
    const id = await runs.start(definition);
    expect(await waitOf(id, 'a')).toMatchObject({
      kind: 'agent',
      sentence: expect.stringMatching(/^Task a waits for an agent that takes tasks of type script; no living agent/),
      since: expect.any(String),
      timesOut: { of: 'run' },
      who: [{ kind: 'agents', taskType: 'script', count: 0 }],
    });
    expect(await waitOf(id, 'b')).toMatchObject({
      kind: 'dependencies',
      sentence: expect.stringContaining('waits until a (ready) has ended.'),
      who: [{ kind: 'task', name: 'a', status: 'ready' }],
    });
    expect((await waitOf(id, 'end')).sentence).toContain('waits until a (ready) and b (notstarted) have ended.');
    const { body: beta } = await server.post('/api/v2/team', { body: { name: 'beta' } });
    const { body: token } = await server.post('/api/v2/token', {
      body: { type: 'team', principal: beta.name, role: 'owner' },
    });
    const foreign = await server.registerAgent(['script'], token.token as string);
    await server.get(`/api/v1/agent/${foreign}/tasks?wait=0`, { token: token.token as string });
    expect((await waitOf(id, 'a')).who).toEqual([{ kind: 'agents', taskType: 'script', count: 0 }]);
    const agent = await server.registerAgent(['script', 'template']);
    await server.get(`/api/v1/agent/${agent}/workflows?wait=0`);
    expect(await waitOf(id, 'a')).toMatchObject({
      sentence: expect.stringContaining('one living agent takes such tasks'),
      who: [
        { kind: 'agents', count: 1 },
        { kind: 'agent', id: agent, name: 'spec' },
      ],
    });
    const item = await claim(agent, 'a');
    const claimed = await waitOf(id, 'a');
    expect(claimed).toMatchObject({ kind: 'claimed', who: [{ kind: 'agent', id: agent }], until: expect.any(String) });
    await server.report(item, 'start');
    const running = await waitOf(id, 'a');
    expect(running).toMatchObject({ kind: 'agent-runs', until: expect.any(String), timesOut: { of: 'task' } });
    const { startTime } = await runs.task(id, 'a');
    expect(running.since).toBe(startTime);
    expect(Date.parse(running.timesOut?.at ?? '') - Date.parse(startTime as string)).toBe(5 * 60_000);
    expect((await explain(id)).summary).toMatch(
      /^The run has been running since .*\. 3 of 4 tasks are unfinished \(.*\)\. It times out at /,
    );
    await server.delete(path(id, '/cancel'), { headers: { 'x-reason': 'wrong branch' } });
    const stopping = await waitOf(id, 'a');
    expect(stopping).toMatchObject({
      kind: 'stopping',
      sentence: expect.stringMatching(/^Task a has ended cancelled; agent spec has been told to stop/),
      who: [{ kind: 'agent', id: agent }],
    });
    const ended = await explain(id);
    expect(ended.summary).toMatch(/^The run was cancelled at .* by .*token:.*, because: wrong branch\.$/);
    expect(ended.open).toBe(1);
    expect(await waitOf(id)).toMatchObject({ kind: 'agent-for-cleanup' });
    await server.report(item, 'cancel');
    expect((await explain(id)).open).toBe(0);
    await until(
      async () => (await server.claim(agent, 'workflows')) as unknown[],
      (items) => items.length > 0,
    );
    expect(await waitOf(id)).toMatchObject({ kind: 'cleanup', who: [{ kind: 'agent', id: agent }] });
    await server.put(path(id, '/finalize'));
    const over = await explain(id);
    expect(over).toMatchObject({ waits: [], open: 0, phase: 'finalized' });
    expect(over.summary).toContain('It has been finalized.');
  });

  it('says what each waiting task waits for', async () => {
    const holder = await runs.start(
      workflow(
        'holder',
        [task('lock', 'acquirelock', { key: 'deploy' }), task('hold', 'eventwait', { topic: 'x' }, ['lock'])],
        ['hold'],
      ),
    );
    await runs.waiting(holder, 'hold');
    await server.saveWorkflow('alpha', workflow('child', [task('ask', 'approval')], ['ask']));
    const id = await runs.start(
      workflow(
        'waits',
        [
          task('nap', 'sleep', { duration: 3_600_000 }),
          task('approve', 'approval', { numberOfApprovers: 2, approverGroupId: 'release' }),
          task('anybody', 'approval'),
          task('do', 'manual', { instructions: 'Water the plants' }),
          task('news', 'eventwait', { topic: 'news' }),
          task('lock', 'acquirelock', { key: 'deploy', timeout: 600_000 }),
          task('below', 'runworkflow', { workflowRef: 'child', wait: true }),
          script('flaky', ['start'], { retries: 2, backoff: { delay: 60_000 } }),
        ],
        ['nap', 'approve', 'anybody', 'do', 'news', 'lock', 'below', 'flaky'],
      ),
    );
    for (const name of ['nap', 'approve', 'do', 'news', 'lock', 'below']) await runs.waiting(id, name);
    const nap = await waitOf(id, 'nap');
    expect(nap).toMatchObject({ kind: 'sleep', since: expect.any(String), who: [] });
    expect(Date.parse(nap.until ?? '') - Date.parse(nap.since ?? '')).toBe(3_600_000);
    expect(nap.sentence).toBe(`Task nap sleeps until ${nap.until ?? ''}.`);
    expect(await waitOf(id, 'approve')).toMatchObject({
      kind: 'approval',
      sentence:
        'Task approve waits for the approval of a member of the approver group release, or an owner of the team. 0 of 2 approvals have been given.',
      who: [
        { kind: 'approver-group', name: 'release' },
        { kind: 'member', id: 'ann', name: 'Ann' },
        { kind: 'member', id: 'bob', name: 'Bob' },
      ],
    });
    const { body: ann } = await server.post('/api/v2/token', { body: { type: 'user', principal: 'ann' } });
    const { body: actions } = await server.get('/api/v2/team/alpha/action/query?limit=100');
    const action = (actions.content as { id: string; taskName: string }[]).find(
      ({ taskName }) => taskName === 'approve',
    );
    const decided = await server.put('/api/v2/team/alpha/action', {
      body: [{ id: action?.id, approved: true }],
      token: ann.token as string,
    });
    expect(decided.status).toBe(200);
    expect(await waitOf(id, 'approve')).toMatchObject({
      sentence: expect.stringContaining('1 of 2 approvals have been given, by Ann.'),
      who: [{ kind: 'approver-group' }, { kind: 'member', id: 'bob' }],
    });
    expect(await waitOf(id, 'anybody')).toMatchObject({ kind: 'approval', who: [{ kind: 'team', name: 'alpha' }] });
    expect(await waitOf(id, 'do')).toMatchObject({ kind: 'manual', who: [{ kind: 'team', name: 'alpha' }] });
    expect(await waitOf(id, 'news')).toMatchObject({
      kind: 'event',
      sentence: 'Task news waits for an event or a callback on the topic news.',
    });
    const lock = await until(
      () => waitOf(id, 'lock'),
      ({ sentence }) => sentence.includes('It is next.'),
    );
    expect(lock).toMatchObject({
      kind: 'lock',
      sentence: expect.stringContaining(`which run ${holder} of holder (running) holds.`),
      who: [{ kind: 'lock-holder', id: holder, name: 'holder', status: 'running' }],
    });
    expect(Date.parse(lock.until ?? '') - Date.parse(lock.since ?? '')).toBe(600_000);
    const below = await until(
      () => waitOf(id, 'below'),
      ({ sentence }) => sentence.includes('which is running'),
    );
    const childId = below.who[0]?.['id'] as string;
    expect(below).toMatchObject({ kind: 'child-run', who: [{ kind: 'run', name: 'child', status: 'running' }] });
    expect((await explain(childId)).summary).toContain(`A task of run ${id} of waits waits for it.`);
    const agent = await server.registerAgent();
    const flaky = await claim(agent, 'flaky');
    await server.report(flaky, 'start');
    await server.report(flaky, 'end', { status: 'failed', statusMessage: 'The net was down.' });
    const backoff = await waitOf(id, 'flaky');
    expect(backoff).toMatchObject({
      kind: 'backoff',
      sentence: expect.stringMatching(/^Task flaky waits until .* for try 2 of 3\. It failed: The net was down\.$/),
    });
    expect(Date.parse(backoff.until ?? '') - Date.parse(backoff.since ?? '')).toBe(60_000);
    const { waits, open } = (await explain(id)) as { waits: Wait[]; open: number };
    expect(waits).toHaveLength(9);
    expect(open).toBe(9);
    await server.delete(path(id, '/cancel'));
    await server.delete(path(holder, '/cancel'));
  });

  it('says that an automatic retry waits for the quota of the team', async () => {
    await server.createTeam('small');
    const id = await submitIn('small', workflow('fails', [script('a')], ['a'], { retries: 2 }));
    const agent = await server.registerAgent();
    const [item] = (await server.claim(agent)) as Item[];
    if (!item) throw new Error('no item');
    await server.report(item, 'start');
    await submitIn('small', workflow('other', [task('ask', 'approval')], ['ask']));
    await server.request('PATCH', '/api/v2/team/small', { body: { quotas: { maxConcurrentRuns: 1 } } });
    await server.report(item, 'end', { status: 'failed' });
    const { body } = await server.get(`/api/v2/team/small/workflowrun/${id}/explain`);
    const retry = (body.waits as Wait[]).find(({ kind }) => kind === 'retry');
    expect(retry).toMatchObject({
      sentence:
        "The server is to retry the run: retry 1 of 2. It waits for the team's quota: 1 of 1 concurrent runs are used.",
      who: [{ kind: 'team', name: 'small' }],
    });
  });

  async function submitIn(team: string, definition: { readonly name: string }): Promise<string> {
    await server.saveWorkflow(team, definition);
    return (await server.submit(team, definition.name)).body.id as string;
  }
});
