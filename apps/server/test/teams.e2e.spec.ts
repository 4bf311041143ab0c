import { type Answer, TestServer } from './harness';
import { Runs, script, task, taskOf, until, workflow } from './workflows';

let server: TestServer;
let runs: Runs;
beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('alpha');
  runs = new Runs(server, 'alpha');
});
afterAll(() => server.stop());

const patch = (team: string, body: unknown, token?: string) =>
  server.request('PATCH', `/api/v2/team/${team}`, { body, ...(token !== undefined && { token }) });
const userToken = async (principal: string): Promise<string> =>
  (await server.post('/api/v2/token', { body: { type: 'user', principal, permissions: ['**/**'] } })).body
    .token as string;

describe('a team', () => {
  it('has members, whose tokens reach it with their role', async () => {
    const [ann, rita, outsider] = await Promise.all(['ann', 'rita@example.org', 'zed'].map(userToken));
    expect((await server.get('/api/v2/team/alpha', { token: ann as string })).body.code).toBe(1101);
    const { body } = await patch('alpha', {
      members: [
        { id: 'ann', name: 'Ann', role: 'owner' },
        { email: 'rita@example.org', role: 'reader' },
      ],
    });
    expect(body.members).toEqual([
      { id: 'ann', name: 'Ann', role: 'owner' },
      { id: 'rita@example.org', email: 'rita@example.org', role: 'reader' },
    ]);
    await server.saveWorkflow(
      'alpha',
      workflow(
        'w',
        [task('it', 'setwfproperty', { output: 'a', value: '$(context.params.workflowrun-initiator)' })],
        ['it'],
      ),
    );
    const submit = (token: string | undefined) =>
      server.post(`${runs.base}/workflow/w/submit?start=true`, { body: {}, token: token as string });
    const mine = await submit(ann);
    expect(mine.body).toMatchObject({ initiatedByRef: 'user:ann', results: [{ value: 'user:ann' }] });
    expect((await submit(rita)).body).toMatchObject({
      code: 403,
      message: expect.stringContaining('workflow/action') as string,
    });
    expect((await server.get(`${runs.base}/workflowrun/count`, { token: rita as string })).body.status.all).toBe(1);
    expect((await submit(outsider)).body.code).toBe(1201);
    expect(
      (await server.get('/api/v2/team/query', { token: rita as string })).body.content.map(
        ({ name }: Answer['body']) => name as string,
      ),
    ).toEqual(['alpha']);
    expect((await server.delete('/api/v2/team/alpha/members', { body: [{ email: 'rita@example.org' }] })).status).toBe(
      200,
    );
    expect((await server.get(`${runs.base}/workflowrun/count`, { token: rita as string })).body.code).toBe(1301);
    const leave = () => server.delete('/api/v2/team/alpha/leave', { token: ann as string });
    expect((await leave()).body).toMatchObject({ code: 1103, reason: 'TEAM_LAST_OWNER' });
    await patch('alpha', { members: [{ id: 'olga', role: 'owner' }] });
    expect((await leave()).status).toBe(200);
    expect((await submit(ann)).body.code).toBe(1201);
  });

  it('has approver groups and parameters', async () => {
    const { body } = await patch('alpha', {
      approverGroups: [{ name: 'leads', approvers: ['ann'] }],
      parameters: [
        { name: 'region', type: 'text', value: 'eu' },
        { name: 'key', type: 'password', value: 's3cret-value' },
      ],
    });
    expect(body.approverGroups).toMatchObject([{ name: 'leads', approvers: [{ id: 'ann' }] }]);
    expect(body.parameters).toEqual([
      { name: 'region', type: 'text', value: 'eu' },
      { name: 'key', type: 'password' },
    ]);
    const renamed = await patch('alpha', { approverGroups: [{ id: body.approverGroups[0].id, name: 'heads' }] });
    expect(renamed.body.approverGroups).toMatchObject([{ name: 'heads', approvers: [{ id: 'ann' }] }]);
    expect((await server.delete('/api/v2/team/alpha/approvers', { body: ['heads'] })).status).toBe(200);
    expect((await server.delete('/api/v2/team/alpha/parameters/key')).status).toBe(200);
    expect((await server.delete('/api/v2/team/alpha/parameters/key')).body.code).toBe(2001);
    expect((await server.get('/api/v2/team/alpha')).body).toMatchObject({
      approverGroups: [],
      parameters: [{ name: 'region' }],
    });
    expect((await patch('alpha', { parameters: [{ name: 'a.b', value: 'x' }] })).body.code).toBe(2002);
    expect((await patch('alpha', { members: [{ name: 'nobody' }] })).body.code).toBe(400);
    expect((await patch('alpha', { quotas: { maxConcurrentRuns: -1 } })).body.code).toBe(400);
  });

  it('that is not active runs nothing', async () => {
    await server.createTeam('idle');
    await server.saveWorkflow('idle', workflow('w', [task('it', 'sleep', { duration: 1 })], ['it']));
    await patch('idle', { status: 'inactive' });
    expect((await server.submit('idle', 'w')).body).toMatchObject({ code: 423, reason: 'WORKFLOW_TEAM_INACTIVE' });
  });

  it('knows its roles, its name and its defaults', async () => {
    expect((await server.get('/api/v2/team/roles')).body.map(({ name }: Answer['body']) => name as string)).toEqual([
      'owner',
      'editor',
      'reader',
    ]);
    expect((await server.get('/api/v2/team/quotas/default')).body).toMatchObject({
      maxConcurrentRuns: 20_000,
      maxWorkflowCount: 10,
    });
    expect((await server.post('/api/v2/team/validate-name', { body: { name: 'free' } })).status).toBe(200);
    expect((await server.post('/api/v2/team/validate-name', { body: { name: 'alpha' } })).body.code).toBe(1102);
    expect((await server.post('/api/v2/team/validate-name', { body: { name: 'Not Good' } })).body.code).toBe(1101);
  });
});

describe('layers of params', () => {
  it('the later wins in the flat form; each is reached by its own name', async () => {
    const post = (name: string, value: unknown) =>
      server.post('/api/v2/parameters', { body: { name, type: 'text', value } });
    for (const name of ['p1', 'p2', 'p3', 'only-global']) await post(name, `global ${name}`);
    expect((await post('p1', 'again')).body.code).toBe(2003);
    expect((await server.put('/api/v2/parameters', { body: { name: 'no-such', value: 'x' } })).body.code).toBe(2001);
    await patch('alpha', {
      parameters: [
        { name: 'p2', type: 'text', value: 'team p2' },
        { name: 'p3', type: 'text', value: 'team p3' },
        { name: 'chain', type: 'text', value: '<$(params.only-global)>' },
      ],
    });
    const values = {
      one: '$(params.p1)',
      two: '$(params.p2)',
      three: '$(params.p3)',
      four: '$(params.p4)',
      scoped: '$(global.params.p3) $(team.params.p3) $(workflow.params.p3)',
      chained: '$(params.chain)',
      name: '$(params.workflow-name)',
    };
    const id = await runs.start(
      workflow('layers', [task('it', 'setwfproperty', { output: 'all', value: values, p4: 'task p4' })], ['it'], {
        params: [
          { name: 'p3', type: 'text', default: 'run p3' },
          { name: 'p4', type: 'text', default: 'run p4' },
          { name: 'workflow-name', type: 'text', default: 'shadowed' },
        ],
      }),
    );
    const run = await runs.ended(id);
    expect(run.results[0].value).toEqual({
      one: 'global p1',
      two: 'team p2',
      three: 'run p3',
      four: 'task p4',
      scoped: 'global p3 team p3 run p3',
      chained: '<$(params.only-global)>',
      name: 'layers',
    });
    expect(JSON.stringify(run)).not.toContain('layers":{');
    expect((await server.delete('/api/v2/parameters/p1')).status).toBe(200);
    expect((await server.delete('/api/v2/parameters/p1')).body.code).toBe(2001);
    const later = await runs.ended((await server.submit('alpha', 'layers')).body.id as string);
    const it = taskOf(later, 'it');
    expect(it).toMatchObject({
      status: 'invalid',
      statusMessage: 'Token $(params.p1) names nothing: there is no param p1.',
    });
  });

  it('all that is wrong with the values comes in one answer', async () => {
    const params = [
      { name: 'a', type: 'number', required: true },
      { name: 'b', type: 'select', options: [{ key: 'x' }, { key: 'y' }] },
      { name: 'c', type: 'text', minValueLength: 3, maxValueLength: 5 },
      { name: 'd', type: 'boolean' },
      { name: 'e', type: 'json' },
      { name: 'f', type: 'text', required: true },
    ];
    await server.saveWorkflow(
      'alpha',
      workflow('checked', [task('it', 'sleep', { duration: 60_000 })], ['it'], { params }),
    );
    const given = [
      ['a', 'many'],
      ['b', 'z'],
      ['c', 'xx'],
      ['d', 'maybe'],
      ['e', '{'],
    ].map(([name, value]) => ({ name, value }));
    const { body } = await server.submit('alpha', 'checked', { params: given });
    expect(body).toMatchObject({ code: 1002, status: '400 BAD_REQUEST' });
    for (const word of [
      'Param a must be a number',
      'Param b must be one of: x, y',
      'Param c must have at least 3',
      'Param d must be true or false',
      'Param e must be JSON',
      'Param f is required',
    ])
      expect(body.message).toContain(word);
    const good = [
      ['a', 1],
      ['f', 'x'],
    ].map(([name, value]) => ({ name, value }));
    const { id } = (await server.submit('alpha', 'checked', { params: good }, false)).body;
    const bad = await server.put(`${runs.base}/workflowrun/${id as string}/start`, {
      body: { params: [{ name: 'b', value: 'z' }] },
    });
    expect(bad.body.code).toBe(1002);
    expect((await runs.get(id as string)).phase).toBe('pending');
    await server.delete(`${runs.base}/workflowrun/${id as string}/cancel`);
    expect(
      (
        await server.put(`${runs.base}/workflowrun/${id as string}/retry`, {
          body: { params: [{ name: 'a', value: 'many' }] },
        })
      ).body.code,
    ).toBe(1002);
  });
});

describe('quotas', () => {
  it('bound the duration of runs, and the number of workflows', async () => {
    await server.createTeam('small');
    await patch('small', { quotas: { maxWorkflowRunDuration: 30, maxWorkflowCount: 2 } });
    const definition = (name: string, timeout: number) => workflow(name, [script('it')], ['it'], { timeout });
    await server.saveWorkflow('small', definition('none', 0));
    const saved = await Promise.all(
      [1, 2, 3].map((index) => server.saveWorkflow('small', definition(`more-${index}`, 10))),
    );
    expect(saved.filter(({ status }) => status === 200)).toHaveLength(1);
    const full = saved.find(({ status }) => status !== 200);
    expect(full?.body).toMatchObject({ code: 1020 });
    // Sending it again is useless: only a larger quota makes room.
    expect(full?.headers['retry-after']).toBeUndefined();
    const path = '/api/v2/team/small/workflow';
    for (const [method, url, body] of [
      ['POST', path, definition('made', 10)],
      ['PUT', path, definition('made', 10)],
      ['POST', `${path}/none/duplicate`, undefined],
      ['PUT', `${path}/drawn/compose`, { name: 'drawn' }],
    ] as const) {
      const { status, body: answer } = await server.request(method, url, { body });
      expect([url, status, answer.code]).toEqual([url, 429, 1020]);
    }
    const timeoutOf = async (body: unknown): Promise<number> =>
      (await server.submit('small', 'none', body, false)).body.timeout as number;
    expect(await timeoutOf({})).toBe(30);
    expect(await timeoutOf({ timeout: 50 })).toBe(30);
    expect(await timeoutOf({ timeout: 20 })).toBe(20);
    const { id } = (await server.submit('small', 'none', {}, false)).body;
    expect(
      (await server.put(`/api/v2/team/small/workflowrun/${id as string}/start`, { body: { timeout: 100 } })).body
        .timeout,
    ).toBe(30);
    await server.delete(`/api/v2/team/small/workflowrun/${id as string}/cancel`);
    await server.delete('/api/v2/team/small/quotas');
    await patch('small', { quotas: { maxWorkflowRunMonthly: 1 } });
    const monthly = await server.submit('small', 'none', {}, false);
    expect(monthly.body).toMatchObject({ code: 1020, message: expect.stringContaining('Monthly') });
    const nextMonth = new Date(Date.now() + Number(monthly.headers['retry-after']) * 1000);
    expect([nextMonth.getUTCDate(), nextMonth.getUTCHours()]).toEqual([1, 0]);
    await server.delete('/api/v2/team/small/quotas');
    expect(await timeoutOf({ timeout: 50 })).toBe(50);
  });
});

describe('a retry with intent', () => {
  const definition = workflow(
    'stages',
    [
      script('a', ['start'], { results: [{ name: 'r' }] }),
      script('b', ['a:success'], { params: [{ name: 'v', value: '$(tasks.a.results.r)' }] }),
      script('c', ['b:success']),
      script('side'),
      task('out', 'setwfproperty', { output: 'side', value: 'set' }, ['side']),
    ],
    ['c', 'out'],
  );
  const work = async (agent: string, outcomes: Record<string, string>): Promise<string[]> => {
    const done: string[] = [];
    for (;;) {
      const items = await server.claim(agent, 'tasks', 10, 1);
      if (items.length === 0) return done;
      for (const item of items) {
        done.push(item.name as string);
        await server.report(item, 'start');
        await server.report(item, 'end', {
          status: outcomes[item.name as string] ?? 'succeeded',
          results: item.name === 'a' ? [{ name: 'r', value: 'it\'s "r"' }] : [],
        });
      }
    }
  };

  it('runs what failed and what follows; the rest is taken over', async () => {
    const agent = await server.registerAgent();
    const first = await runs.start(definition);
    expect((await work(agent, { b: 'failed' })).sort()).toEqual(['a', 'b', 'side']);
    const failed = await runs.ended(first);
    expect(failed.status).toBe('failed');
    const retry = (query: string) => server.put(`${runs.base}/workflowrun/${first}/retry${query}`, { body: {} });
    const plan = (await retry('?from=failed&dryRun=true')).body;
    expect(plan).toMatchObject({ dryRun: true, retryOf: first, from: 'failed' });
    expect(plan.tasks.map(({ name }: Answer['body']) => name as string)).toEqual(['b', 'c']);
    expect(plan.reused.map(({ name }: Answer['body']) => name as string)).toEqual(['a', 'side', 'out']);
    expect((await server.get(`${runs.base}/workflowrun/count?workflows=stages`)).body.status.all).toBe(1);
    expect((await retry('?dryRun=true')).body.tasks).toHaveLength(5);
    expect((await retry('?from=nobody')).body).toMatchObject({ code: 1302 });
    const { body: second } = await retry('?from=failed');
    expect(second).toMatchObject({
      status: 'ready',
      phase: 'pending',
      annotations: { 'boomerang.io/retry-of': first },
    });
    await server.put(`${runs.base}/workflowrun/${second.id as string}/start`);
    const [item] = await until(
      () => server.claim(agent, 'tasks', 10, 1),
      (items: Answer['body']) => items.length > 0,
    );
    expect(item).toMatchObject({ name: 'b', params: [{ name: 'v', value: 'it\'s "r"' }] });
    await server.report(item, 'start');
    await server.report(item, 'end', {});
    expect(await work(agent, {})).toEqual(['c']);
    const run = await runs.ended(second.id as string);
    expect(run).toMatchObject({ status: 'succeeded', results: [{ name: 'side', value: 'set' }] });
    expect(taskOf(run, 'a')).toMatchObject({
      status: 'succeeded',
      annotations: { 'boomerang.io/reused-from': taskOf(failed, 'a').id },
    });
    expect(taskOf(run, 'a').results[0].value).toBe('it\'s "r"');
    expect((await runs.get(first)).status).toBe('failed');
    expect(
      (await server.put(`${runs.base}/workflowrun/${second.id as string}/retry?from=a`, { body: {} })).body.code,
    ).toBe(1304);
  });

  it('from a task: that one and what follows', async () => {
    const agent = await server.registerAgent();
    const first = await runs.start(definition);
    await work(agent, { c: 'failed' });
    const { body } = await server.put(`${runs.base}/workflowrun/${first}/retry?from=b`, { body: {} });
    await server.put(`${runs.base}/workflowrun/${body.id as string}/start`);
    expect(await work(agent, {})).toEqual(['b', 'c']);
    expect((await runs.ended(body.id as string)).status).toBe('succeeded');
  });

  it('by itself, once for each failure, as often as the run allows', async () => {
    const agent = await server.registerAgent();
    const first = await runs.start(workflow('again', [script('it')], ['it'], { retries: 2 }));
    const count = async (): Promise<number> =>
      (await server.get(`${runs.base}/workflowrun/count?workflows=again`)).body.status.failed as number;
    for (let tries = 1; tries <= 3; tries++) {
      const [item] = await until(
        () => server.claim(agent, 'tasks', 10, 1),
        (items: Answer['body']) => items.length > 0,
      );
      await server.report(item, 'start');
      await server.report(item, 'end', { status: 'failed' });
      await until(count, (failed) => failed === tries);
    }
    const all = (await server.get(`${runs.base}/workflowrun/query?workflows=again&order=ASC`)).body.content;
    expect(all).toHaveLength(3);
    expect(all.map((run: Answer['body']) => run.annotations['boomerang.io/retry-count'] as number | undefined)).toEqual(
      [undefined, 1, 2],
    );
    expect(all[2].annotations['boomerang.io/retry-of']).toBe(first);
  });
});
