import { until } from '#libs/testing';
import { parse } from 'yaml';
import { type Answer, TestServer } from './harness';
import { Runs, script, task, taskOf, workflow } from './workflows';

let server: TestServer;
let runs: Runs;
let reader: string;
const yaml = { 'content-type': 'application/x-yaml' };

beforeAll(async () => {
  server = await TestServer.start();
  await server.createTeam('alpha');
  await server.createTeam('beta');
  runs = new Runs(server, 'alpha');
  reader = (await server.post('/api/v2/token', { body: { type: 'team', principal: 'alpha', role: 'reader' } })).body
    .token as string;
});
afterAll(() => server.stop());

const tekton = `
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: greet
  labels: { kind: greeting }
  annotations:
    boomerang.io/displayname: Greet
spec:
  description: Says hello.
  params:
    - { name: who, type: string, default: world }
    - { name: words, type: array }
  results:
    - { name: said, description: What was said }
  steps:
    - name: greet
      image: alpine:3
      env: [{ name: WHO, value: $(params.who) }]
      script: |
        #!/bin/sh
        printf 'hello %s' "$WHO" > $(results.said.path)
`;

describe('the task catalogue', () => {
  it('knows what the server executes itself', async () => {
    const { body } = await server.get('/api/v2/task/query?limit=100');
    const names = body.content.map(({ name }: Answer['body']) => name as string);
    expect(names).toEqual([...names].sort());
    for (const name of [
      'sleep',
      'switch',
      'manual-approval',
      'acquire-lock',
      'run-workflow',
      'set-status',
      'wait-for-event',
    ])
      expect(names).toContain(name);
    expect((await server.get('/api/v2/task/sleep')).body).toMatchObject({
      name: 'sleep',
      type: 'sleep',
      verified: true,
      version: 1,
    });
    expect((await server.put('/api/v2/task/sleep', { body: { type: 'script' } })).body).toMatchObject({ code: 1403 });
  });

  it('takes Tekton YAML, and gives it back', async () => {
    const created = await server.post('/api/v2/team/alpha/task', { body: tekton, headers: yaml });
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({
      name: 'greet',
      displayName: 'Greet',
      type: 'template',
      version: 1,
      labels: { kind: 'greeting' },
    });
    expect(created.body.spec).toMatchObject({
      image: 'alpine:3',
      params: [
        { name: 'who', default: 'world' },
        { name: 'words', type: 'array' },
      ],
    });
    const back = await server.get('/api/v2/team/alpha/task/greet', { headers: { accept: 'application/x-yaml' } });
    expect(back.headers['content-type']).toContain('yaml');
    const given = parse(tekton) as { spec: unknown };
    expect(parse(back.text)).toMatchObject(given);
    const again = await server.put('/api/v2/team/alpha/task/greet', { body: back.text, headers: yaml });
    expect(again.body).toMatchObject({
      version: 2,
      spec: created.body.spec,
      displayName: 'Greet',
      labels: { kind: 'greeting' },
    });
    expect((await server.get('/api/v2/team/alpha/task/greet?version=1')).body.version).toBe(1);
    expect(
      (await server.get('/api/v2/team/alpha/task/greet/changelog')).body.map(
        ({ version }: Answer['body']) => version as number,
      ),
    ).toEqual([2, 1]);
    expect(
      (await server.put('/api/v2/team/alpha/task/greet?replace=true', { body: { description: 'x' } })).body.version,
    ).toBe(2);
  });

  it('refuses what is no task, what is taken, and whom it does not concern', async () => {
    const post = (body: unknown, headers = {}, url = '/api/v2/team/alpha/task', token?: string) =>
      server.post(url, { body, headers, ...(token !== undefined && { token }) });
    expect((await post('a: [1', yaml)).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('line 1') as string,
    });
    expect(
      (await post('a: &x [1]\n' + Array.from({ length: 200 }, (_, i) => `b${i}: *x`).join('\n'), yaml)).body,
    ).toMatchObject({ code: 400 });
    expect((await post(tekton.replace('steps:', 'stages:'), yaml)).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('steps') as string,
    });
    expect((await post({ name: 'greet' })).body).toMatchObject({ code: 1402 });
    expect((await post({ name: 'Not A Name' })).body).toMatchObject({ code: 1403 });
    expect((await post({ name: 'decides', type: 'decision' })).body).toMatchObject({ code: 1403 });
    expect((await post(tekton, yaml, '/api/v2/team/alpha/task/validate')).status).toBe(200);
    expect((await post(tekton.replace('greet', 'g.eet'), yaml, '/api/v2/team/alpha/task/validate')).body.code).toBe(
      1403,
    );
    expect((await server.get('/api/v2/team/beta/task/greet')).body.code).toBe(1401);
    expect((await post({ name: 'x' }, {}, '/api/v2/team/alpha/task', reader)).body.code).toBe(403);
    expect((await post({ name: 'x' }, {}, '/api/v2/task', reader)).body.code).toBe(403);
    expect((await server.get('/api/v2/team/alpha/task/nothing')).body.code).toBe(1401);
    expect((await server.get('/api/v2/team/alpha/task/query?names=greet&statuses=active')).body.totalElements).toBe(1);
  });

  it('fills what a workflow’s task leaves open, in the version that was pinned', async () => {
    await server.put('/api/v2/team/alpha/task/greet', { body: tekton, headers: yaml });
    const definition = workflow(
      'greets',
      [
        task('it', '', {}, ['start'], {
          type: undefined,
          taskRef: 'alpha/greet',
          params: [{ name: 'words', value: ['a'] }],
        }),
      ],
      ['it'],
    );
    const saved = await server.saveWorkflow('alpha', definition);
    expect(saved.status).toBe(200);
    const pinned = taskOf(saved.body, 'it');
    expect(pinned).toMatchObject({ type: 'template', taskRef: 'alpha/greet' });
    const agent = await server.registerAgent(['template']);
    await server.submit('alpha', 'greets');
    const [claimed] = await until(
      () => server.claim(agent),
      (items: Answer['body']) => items.length > 0,
    );
    expect(claimed).toMatchObject({
      taskRef: 'alpha/greet',
      taskVersion: pinned.taskVersion,
      results: [{ name: 'said' }],
    });
    expect(claimed.spec).toMatchObject({ image: 'alpine:3', envs: [{ name: 'WHO', value: 'world' }] });
    expect(claimed.spec.script).toContain('$(results.said.path)');
    await server.put('/api/v2/team/alpha/task/greet', { body: { spec: { script: 'true' } } });
    const read = (await server.get(`${runs.base}/workflow/greets`)).body;
    expect(read.upgradesAvailable).toBe(true);
    expect(taskOf(read, 'it')).toMatchObject({ taskVersion: pinned.taskVersion, upgradesAvailable: true });
    const unknown = await server.saveWorkflow(
      'alpha',
      workflow('bad', [task('it', 'script', {}, ['start'], { taskRef: 'no-such' })], ['it']),
    );
    expect(unknown.body).toMatchObject({
      code: 1206,
      message: expect.stringContaining('Task name: it, Task reference: no-such') as string,
    });
    const foreign = await server.saveWorkflow(
      'beta',
      workflow('bad', [task('it', 'script', {}, ['start'], { taskRef: 'alpha/greet' })], ['it']),
    );
    expect(foreign.body.code).toBe(1206);
    await server.put('/api/v2/team/alpha/task/greet', { body: { status: 'inactive', spec: { script: 'true' } } });
    expect(
      (
        await server.saveWorkflow(
          'alpha',
          workflow('bad', [task('it', 'script', {}, ['start'], { taskRef: 'alpha/greet' })], ['it']),
        )
      ).body.code,
    ).toBe(1404);
    expect((await server.delete('/api/v2/team/alpha/task/greet')).status).toBe(204);
    expect((await server.delete('/api/v2/team/alpha/task/greet')).body.code).toBe(1401);
  });
});

describe('a definition', () => {
  const params = [
    { name: 'target', type: 'text', default: 'blue' },
    { name: 'pass', type: 'password', default: 'default-s3cret' },
  ];
  const definition = workflow(
    'forms',
    [
      {
        ...script('build', ['start'], {
          results: [{ name: 'image', description: 'built' }],
          retries: 2,
          backoff: { delay: 5 },
        }),
        annotations: { 'boomerang.io/position': { x: 1, y: 2.5 }, own: [1] },
        timeout: 5,
      },
      task('where', 'decision', { value: '$(params.target)' }, ['build:success']),
      { ...script('blue'), dependencies: [{ taskRef: 'where', decisionCondition: 'blue\nb.*' }] },
      { ...script('other'), dependencies: [{ taskRef: 'where' }] },
    ],
    ['blue:always', 'other:always'],
    {
      displayName: 'Forms ü "q"',
      params,
      triggers: { webhook: { enabled: true, conditions: [{ field: '$.a', operation: 'in', values: ['x'] }] } },
      labels: { a: 'b' },
      changelog: { reason: 'first' },
    },
  );
  beforeAll(async () => {
    const saved = await server.saveWorkflow('alpha', definition);
    expect(saved.status).toBe(200);
  });
  const read = async (name = 'forms'): Promise<Answer['body']> =>
    (await server.get(`${runs.base}/workflow/${name}`)).body;

  it.each([
    ['JSON', {}, '', 'application/json'],
    ['YAML', { accept: 'application/yaml' }, '', 'application/yaml'],
    ['YAML by parameter', {}, '?format=yaml', 'text/yaml'],
  ])('goes out and comes in as %s', async (_name, headers, query, contentType) => {
    const before = await read();
    const { text, headers: sent } = await server.get(`${runs.base}/workflow/forms/export${query}`, { headers });
    expect(sent['content-disposition']).toMatch(/^attachment; filename="forms\.(json|yaml)"$/);
    expect(text).not.toContain('s3cret');
    const put = await server.put('/api/v2/team/beta/workflow', {
      body: text,
      headers: { 'content-type': contentType },
    });
    expect(put.status).toBe(200);
    const {
      id: _id,
      version: _version,
      creationDate: _creationDate,
      changelog: _changelog,
      upgradesAvailable: _upgrades,
      ...rest
    } = before;
    expect(put.body).toMatchObject({ ...rest });
  });

  it('keeps a password through reading and saving, and never shows it', async () => {
    const before = await read();
    expect(before.params[1]).toMatchObject({ name: 'pass', default: null });
    await server.saveWorkflow('alpha', before);
    const agent = await server.registerAgent();
    const uses = {
      ...before,
      id: null,
      name: 'uses-pass',
      tasks: [
        { name: 'start', type: 'start' },
        script('it', ['start'], { params: [{ name: 'p', value: '$(params.pass)' }] }),
        task('end', 'end', {}, ['it']),
      ],
    };
    await server.saveWorkflow('alpha', { ...uses, params });
    await server.saveWorkflow('alpha', uses);
    await server.submit('alpha', 'uses-pass');
    const [claimed] = await until(
      () => server.claim(agent),
      (items: Answer['body']) => items.length > 0,
    );
    expect(claimed.params).toContainEqual({ name: 'p', value: 'default-s3cret' });
    const { rows } = await server.pool.query(
      `select 1 from event where data::text like '%default-s3cret%' union all
       select 1 from workflow_revision where definition::text || runnable::text like '%default-s3cret%'`,
    );
    expect(rows).toHaveLength(0);
  });

  it('is duplicated under a name that is free', async () => {
    const one = await server.post(`${runs.base}/workflow/forms/duplicate`);
    expect(one.body).toMatchObject({ name: 'forms-copy', displayName: 'Forms ü "q" (copy)', version: 1 });
    expect((await server.post(`${runs.base}/workflow/forms/duplicate`)).body.name).toBe('forms-copy-2');
    expect(one.body.tasks).toEqual((await read()).tasks);
    expect((await server.post(`${runs.base}/workflow/nothing/duplicate`)).body.code).toBe(1201);
    const { id } = await read();
    const own = (
      await server.post('/api/v2/token', { body: { type: 'workflow', principal: id as string, role: 'owner' } })
    ).body.token as string;
    expect((await server.post(`${runs.base}/workflow/forms/duplicate`, { token: own })).body.code).toBe(403);
    expect((await server.post(`${runs.base}/workflow/forms/duplicate`, { token: reader })).body.code).toBe(403);
  });

  it('tells its history', async () => {
    await server.saveWorkflow('alpha', { ...definition, changelog: { reason: 'second', author: 'ann' } });
    const { body } = await server.get(`${runs.base}/workflow/forms/changelog`);
    expect(body[0]).toMatchObject({ author: expect.stringMatching(/^token:/) as string, reason: 'second' });
    expect(body.at(-1)).toMatchObject({ version: 1, reason: 'first' });
    expect((await server.get('/api/v2/team/beta/workflow/uses-pass/changelog')).body.code).toBe(1201);
  });

  it('tells what its tasks may refer to', async () => {
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: { parameters: [{ name: 'region', type: 'text', value: 'eu' }] },
    });
    const { body } = await server.get(`${runs.base}/workflow/forms/available-parameters`);
    for (const name of [
      'params.target',
      'workflow.params.target',
      'params.region',
      'team.params.region',
      'context.params.workflow-name',
      'tasks.build.results.image',
    ]) {
      expect(body).toContain(name);
    }
  });

  it('is drawn, and saved from the drawing', async () => {
    const before = await read();
    const { body: canvas } = await server.get(`${runs.base}/workflow/forms/compose`);
    expect(canvas.nodes.find(({ id }: Answer['body']) => id === 'build')).toMatchObject({
      type: 'script',
      position: { x: 1, y: 2.5 },
    });
    expect(canvas.edges).toContainEqual(
      expect.objectContaining({
        source: 'where',
        target: 'blue',
        data: { executionCondition: 'always', decisionCondition: 'blue\nb.*' },
      }),
    );
    const put = await server.put(`${runs.base}/workflow/forms/compose`, { body: canvas });
    expect(put.status).toBe(200);
    expect(put.body.edges).toEqual(canvas.edges);
    expect(put.body.nodes).toEqual(canvas.nodes);
    const after = await read();
    expect(after.version).toBe((before.version as number) + 1);
    expect(taskOf(after, 'build')).toMatchObject({
      spec: { script: 'true' },
      retries: 2,
      timeout: 5,
      annotations: { own: [1] },
    });
    const renamed = {
      ...canvas,
      nodes: canvas.nodes.map((node: Answer['body']) =>
        node.id === 'blue' ? { ...node, data: { ...node.data, params: [{ name: 'script', value: 'x' }] } } : node,
      ),
    };
    expect((await server.put(`${runs.base}/workflow/forms/compose?replace=true`, { body: renamed })).body.version).toBe(
      after.version,
    );
    const cut = { ...canvas, edges: canvas.edges.filter(({ target }: Answer['body']) => target !== 'end') };
    expect((await server.put(`${runs.base}/workflow/forms/compose`, { body: cut })).body).toMatchObject({ code: 1207 });
    expect((await server.put(`${runs.base}/workflow/forms/compose`, { body: { nodes: 'x' } })).body.code).toBe(400);
  });

  it('tells every problem of tries, pauses and conditions', async () => {
    const bad = workflow('bad', [script('it', ['start'], {})], ['it'], {
      triggers: {
        event: {
          enabled: true,
          conditions: [
            { field: 'a b', operation: 'equals', value: 'x' },
            { field: '$[?(@.a)]', operation: 'equals', value: 'x' },
            { field: '$.a', operation: 'matches', value: '(' },
            { field: '$.a', operation: 'in' },
            { field: '$.a', operation: 'equals' },
          ],
        },
      },
    });
    const { body } = await server.saveWorkflow('alpha', bad);
    expect(body.code).toBe(1207);
    for (const [index, word] of ['JSONPath', 'filters', 'RE2', 'values', 'value'].entries()) {
      expect(body.message).toContain(`triggers.event.conditions.${index}`);
      expect(body.message).toContain(word);
    }
    expect(
      (await server.saveWorkflow('alpha', workflow('bad', [script('it', ['start'], { retries: 101 })], ['it']))).body
        .message,
    ).toContain('retries');
    expect(
      (await server.saveWorkflow('alpha', workflow('bad', [script('it', ['start'], { backoff: 'long' })], ['it']))).body
        .message,
    ).toContain('backoff');
  });
});

describe('checking a workflow', () => {
  const check = (body: unknown, options = {}) =>
    server.post('/api/v2/team/alpha/workflow/validate', { body, ...options });

  it('answers what a save would answer, and saves nothing', async () => {
    const good = workflow('checked', [script('a')], ['a']);
    expect((await check(good)).body).toEqual({});
    const doubtful = workflow('checked', [task('a', 'script', { script: 'echo $(params.nobody)' })], ['a']);
    const { body } = await check(doubtful);
    expect(body.warnings).toEqual([expect.stringContaining('nobody')]);
    const bad = workflow('checked', [script('a', ['nowhere'])], ['a']);
    const refused = await check(bad);
    expect(refused.body).toMatchObject({ code: 1207 });
    expect(refused.body.message).toBe((await server.saveWorkflow('alpha', bad)).body.message);
    expect((await check('name: checked\ntasks: 1\n', { headers: yaml })).body.message).toMatch(/^tasks: /);
    expect((await server.get('/api/v2/team/alpha/workflow/checked')).body).toMatchObject({ code: 1201 });
  });

  it('is for those who may save', async () => {
    expect((await check(workflow('checked', [script('a')], ['a']), { token: reader })).status).toBe(403);
  });
});
