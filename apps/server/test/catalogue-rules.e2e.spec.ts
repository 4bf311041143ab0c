import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import { type Answer, TestServer } from './harness';
import { RealAgent } from './real-agent';
import { resultsOf, Runs, script, task, taskOf, workflow } from './workflows';

let server: TestServer;
let runs: Runs;
let agent: RealAgent;
let revision = 0;

beforeAll(async () => {
  server = await TestServer.start();
  agent = await RealAgent.start(server);
  await server.createTeam('alpha');
  runs = new Runs(server, 'alpha');
});
afterAll(async () => {
  await agent.stop();
  await server.stop();
});

const yaml = { 'content-type': 'application/x-yaml' };
const catalogue = '/api/v2/team/alpha/task';
const keep = (name: string, spec: Record<string, unknown>, type = 'template'): Promise<Answer> =>
  server.put(`${catalogue}/${name}`, { body: { name, type, spec: { script: 'true', ...spec } } });
/** A workflow with one task, made from the catalogue task. */
const uses = (name: string, ref: string, params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  workflow(name, [task('it', '', params, ['start'], { type: undefined, taskRef: `alpha/${ref}` })], ['it'], more);
const save = (body: unknown) => server.saveWorkflow('alpha', body);
const fresh = () => `w${++revision}`;

describe('what a task of the catalogue declares', () => {
  const option = [{ key: 'a', value: 'A' }];
  it.each([
    ['a number that is none', [{ name: 'p', type: 'number', default: 'abc' }], 'default must be a number'],
    ['a boolean that is none', [{ name: 'p', type: 'boolean', default: 'yes' }], 'default must be true or false'],
    ['no option', [{ name: 'p', type: 'select', options: option, default: 'z' }], 'default must be one of: a'],
    ['an e-mail address', [{ name: 'p', type: 'email', default: 'nope' }], 'default must be an e-mail address'],
    ['min above max', [{ name: 'p', minValueLength: 5, maxValueLength: 2 }], 'minValueLength must not be above'],
    ['a default that is too short', [{ name: 'p', minValueLength: 5, default: 'a' }], 'at least 5 characters'],
    ['no JSON', [{ name: 'p', type: 'json', default: '{' }], 'default must be JSON'],
    ['an unknown type', [{ name: 'p', type: 'nope' }], 'type must be one of text'],
    ['no text', [{ name: 'p', type: 'text', default: 5 }], 'default must be a text'],
    ['a password that is no text', [{ name: 'p', type: 'password', default: 5 }], 'default must be a text'],
    ['a name with brackets', [{ name: 'a[0]' }], 'name must not have the characters'],
    ['options out of bounds', [{ name: 'p', type: 'select', options: option, minValueLength: 5 }], 'allow none of'],
    [
      'a circle',
      [
        { name: 'p', default: '$(params.q)' },
        { name: 'q', default: 'x$(params.p)' },
      ],
      'p refers to itself: p → q → p',
    ],
    ['one variable for two', [{ name: 'a-b' }, { name: 'a_b' }], 'params a-b and a_b both give'],
  ])('is refused when it is saved: %s', async (_name, params, message) => {
    for (const path of ['', '/validate']) {
      const { body } = await server.post(`${catalogue}${path}`, { body: { name: fresh(), spec: { params } } });
      expect(body).toMatchObject({ code: 1403, message: expect.stringContaining(message) as string });
    }
  });

  it('is refused for results and variables too', async () => {
    const results = await keep(fresh(), { results: [{ name: 'r' }, { name: 'r' }, { name: 'a[0]' }] });
    expect(results.body.message).toContain('result r is given twice');
    expect(results.body.message).toContain('result a[0] must not');
    const envs = await keep(fresh(), { envs: [{ name: 'A=B' }, { name: 'C' }, { name: 'C' }] });
    expect(envs.body.message).toContain(
      '"A=B" in envs is not a valid name of a variable. spec: C is given twice in envs.',
    );
  });

  it('is what the values of a workflow’s task are checked against', async () => {
    const params = [
      { name: 'n', type: 'number' },
      { name: 'choice', type: 'select', options: option },
      { name: 'needed', required: true },
      { name: 'filled', required: true, default: 'x' },
      { name: 'text' },
      { name: 'my-p' },
    ];
    await keep('strict', { params });
    const wrong = await save(uses(fresh(), 'strict', { n: 'abc', choice: 'zzz', text: ['list'], my_p: 1 }));
    expect(wrong.body).toMatchObject({ code: 1207 });
    for (const part of [
      'Task it: params my_p and my-p both give the environment variable PARAM_MY_P',
      'Task it: Param n must be a number.',
      'Task it: Param choice must be one of: a.',
      'Task it: Param needed is required',
      'Task it: Param text must be a text.',
    ]) {
      expect(wrong.body.message).toContain(part);
    }
    expect(wrong.body.message).not.toContain('filled');
    expect((await save(uses(fresh(), 'strict', { n: '5', choice: 'a', needed: true, text: 5 }))).status).toBe(200);
    const declared = { params: [{ name: 'needed', type: 'text', default: 'given' }] };
    expect((await save(uses(fresh(), 'strict', {}, declared))).status).toBe(200);
  });

  it('ends the task invalid where a token brings a wrong value', async () => {
    await keep('strict', { params: [{ name: 'n', type: 'number' }, { name: 'choice' }] });
    const params = [{ name: 'given', type: 'text', default: 'abc' }];
    const definition = uses(fresh(), 'strict', { n: '$(params.given)', choice: '$(params.given)' }, { params });
    const ended = await runs.ended(await runs.start(definition));
    expect(taskOf(ended, 'it')).toMatchObject({ status: 'invalid', statusMessage: 'Param n must be a number.' });
    const right = await server.submit('alpha', definition.name, { params: [{ name: 'given', value: '12' }] });
    expect((await runs.ended(right.body.id as string)).status).toBe('succeeded');
  });
});

describe('a script of the catalogue', () => {
  it('needs no type and no script of the workflow, and brings its results', async () => {
    await keep('says', { script: 'printf said > $(results.out.path)', results: [{ name: 'out' }] }, 'script');
    for (const type of [undefined, 'script']) {
      const it = task('it', '', {}, ['start'], { type, taskRef: 'alpha/says' });
      const run = await runs.ended(await runs.start(workflow(fresh(), [it], ['it'])));
      expect(run.status).toBe('succeeded');
      expect(taskOf(run, 'it').type).toBe('script');
      expect(resultsOf(taskOf(run, 'it'))).toEqual({ out: 'said' });
    }
    await keep('says', { script: '' }, 'script');
    expect((await save(uses(fresh(), 'says'))).body.message).toContain('a script task needs spec.script');
  });
});

describe('a password of a task of the catalogue', () => {
  const secrets = { fixed: 'DEFPW-123-of-it', given: 'LITPW-456-of-it' };
  const hidden = (text: string) => {
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  };
  const stored = async () => {
    const { rows } = await server.pool.query<{ text: string }>(
      `select (select string_agg(to_jsonb(e)::text, '') from event e) || (select string_agg(to_jsonb(c)::text, '') from catalogue_task_revision c)
              || (select string_agg(to_jsonb(w)::text, '') from workflow_revision w) as text`,
    );
    return rows[0]?.text ?? '';
  };
  const spec = {
    script: 'echo "$PARAM_P"; printf %s "$PARAM_P" | cksum | cut -d" " -f1 > $(results.sum.path)',
    params: [{ name: 'p', type: 'password', default: secrets.fixed }],
    results: [{ name: 'sum' }],
  };
  /** The task's secret, as a checksum that a shell computes; the secret itself appears nowhere. */
  const sumOf = async (id: string) => {
    const run = await runs.ended(id);
    expect(run.status).toBe('succeeded');
    expect(taskOf(run, 'it').params).toContainEqual({ name: 'p', value: null });
    const log = await server.get(`/api/v2/taskrun/${taskOf(run, 'it').id as string}/log`);
    expect(log.text).toContain('****');
    hidden(JSON.stringify(run) + log.text);
    return resultsOf(taskOf(run, 'it'))['sum'];
  };
  const sum = (text: string) => execFileSync('cksum', { input: text }).toString().split(' ')[0];

  it('has a default that is sealed, shown nowhere, and kept when what was read is saved again', async () => {
    const saved = await keep('vault', spec, 'script');
    const url = `${catalogue}/vault`;
    const read = await server.get(url);
    const text = await server.get(url, { headers: { accept: 'application/x-yaml' } });
    expect(read.body.spec.params).toEqual([{ name: 'p', type: 'password', default: null, value: null }]);
    hidden(saved.text + read.text + text.text + (await server.get(`${catalogue}/query`)).text);
    const definition = uses(fresh(), 'vault');
    expect(await sumOf(await runs.start(definition))).toBe(sum(secrets.fixed));
    for (const body of [read.body, parse(text.text)] as unknown[]) {
      expect((await server.put(url, { body })).status).toBe(200);
      expect(await sumOf(await runs.start(uses(fresh(), 'vault')))).toBe(sum(secrets.fixed));
    }
  });

  it('takes a value that is sealed in the workflow, shown nowhere, and kept', async () => {
    await keep('vault', spec, 'script');
    const definition = uses(fresh(), 'vault', { p: secrets.given });
    const saved = await save(definition);
    const base = `${runs.base}/workflow/${definition.name}`;
    const drawing = await server.get(`${base}/compose`);
    const answers = [saved, drawing, await server.get(base), await server.get(`${base}/export?format=yaml`)];
    answers.push(await server.get(`${runs.base}/workflow/query`));
    expect(taskOf(saved.body, 'it').params).toEqual([{ name: 'p', value: '******' }]);
    hidden(
      answers
        .map(({ text }) => text)
        .join('\n')
        .replaceAll('w-plain', ''),
    );
    const submit = async () => (await server.submit('alpha', definition.name)).body.id as string;
    expect(await sumOf(await submit())).toBe(sum(secrets.given));
    expect((await save(saved.body)).status).toBe(200);
    expect(await sumOf(await submit())).toBe(sum(secrets.given));
    expect((await server.put(`${base}/compose`, { body: drawing.body })).status).toBe(200);
    expect(await sumOf(await submit())).toBe(sum(secrets.given));
    const renamed = drawing.body.nodes.map((node: Answer['body']) =>
      node.id === 'it' ? { ...node, data: { ...node.data, name: 'other' } } : node,
    );
    const redrawn = await server.put(`${base}/compose`, { body: { ...drawing.body, nodes: renamed } });
    expect(redrawn.body).not.toHaveProperty('warnings');
    expect(resultsOf(taskOf(await runs.ended(await submit()), 'other'))['sum']).toBe(sum(secrets.given));
    expect((await server.put(`${base}/compose`, { body: drawing.body })).body.warnings).toHaveLength(1);
    await save(definition);
    const copy = await server.post(`${base}/duplicate`);
    expect(await sumOf((await server.submit('alpha', copy.body.name as string)).body.id as string)).toBe(
      sum(secrets.given),
    );
    const elsewhere = await save({ ...saved.body, id: null, name: fresh() });
    expect(elsewhere.body.warnings).toEqual(['Task it: the value of param p is unknown here: send it again.']);
  });

  it('hides what tokens bring, and what is fixed beside them', async () => {
    await keep('vault', spec, 'script');
    const params = [{ name: 'open', type: 'text' }];
    const alone = uses(fresh(), 'vault', { p: '$(params.open)' }, { params });
    await save(alone);
    const brought = await server.submit('alpha', alone.name, { params: [{ name: 'open', value: 'u-name-only' }] });
    expect(taskOf(await runs.ended(brought.body.id as string), 'it').params).toEqual([{ name: 'p', value: null }]);
    const mixed = uses(fresh(), 'vault', { p: `$(params.open):${secrets.given}@h` }, { params });
    const saved = await save(mixed);
    expect(taskOf(saved.body, 'it').params).toEqual([{ name: 'p', value: '$(params.open)******' }]);
    expect((await save(saved.body)).status).toBe(200);
    const run = await server.submit('alpha', mixed.name, { params: [{ name: 'open', value: 'u' }] });
    expect(await sumOf(run.body.id as string)).toBe(sum(`u:${secrets.given}@h`));
  });

  it('has no tokens in its default, and the answer says so', async () => {
    const params = [{ name: 'p', type: 'password', default: '$(team.params.key)' }];
    const saved = await keep(fresh(), { params });
    expect(saved.body.warnings).toEqual([
      'spec.params.p: $(team.params.key) stays text, because it is in the default of a password.',
    ]);
  });

  it('is in no row of the ledger and its views', async () => {
    await keep('locked', { ...spec, params: [{ name: 'p', type: 'password', default: 'ROWPW-1-of-it' }] }, 'script');
    await runs.ended(await runs.start(uses(fresh(), 'locked')));
    await runs.ended(await runs.start(uses(fresh(), 'locked', { p: 'ROWPW-2-of-it' })));
    const text = await stored();
    expect(text).toContain('locked');
    expect(text).not.toContain('ROWPW');
  });
});

describe('a workflow that can never pass', () => {
  const params = (...given: unknown[]) => workflow(fresh(), [script('a')], ['a'], { params: given });
  const text = (name: string, fallback: string) => ({ name, type: 'text', default: fallback });

  it.each([
    ['two', [text('p', '$(params.q)'), text('q', 'x$(params.p)')], 'p refers to itself: p → q → p'],
    ['one', [text('p', '$(params.p)')], 'p refers to itself: p → p'],
    ['its own layer', [text('team-key', '$(workflow.params.team-key)')], 'team-key refers to itself'],
    [
      'three',
      [text('p', '$(params.q)'), text('q', "$(workflow.params['r'])"), text('r', '$(params.q)')],
      'q refers to itself: q → r → q',
    ],
  ])('is refused for defaults in a circle of %s', async (_name, given, message) => {
    const { body } = await save(params(...given));
    expect(body).toMatchObject({ code: 1207, message: expect.stringContaining(message) as string });
  });

  it('is saved where a param that names itself means one of the team', async () => {
    await server.request('PATCH', '/api/v2/team/alpha', {
      body: { parameters: [{ name: 'team-key', type: 'text', value: 'of the team' }] },
    });
    expect((await save(params(text('team-key', '<$(params.team-key)>')))).status).toBe(200);
  });

  it.each(['a[0]', 'a]', `it's`, 'a"b'])('is refused for a param named %s', async (name) => {
    expect((await save(params({ name, type: 'text' }))).body).toMatchObject({ code: 1207 });
    const team = await server.request('PATCH', '/api/v2/team/alpha', { body: { parameters: [{ name, value: 'x' }] } });
    expect(team.status).toBe(400);
  });

  it('is refused for options that no bound admits', async () => {
    const select = { name: 's', type: 'select', options: [{ key: 'a' }, { key: 'abcdef' }] };
    expect((await save(params({ ...select, minValueLength: 7 }))).body.message).toContain('allow none of the options');
    expect((await save(params({ ...select, minValueLength: 5 }))).status).toBe(200);
  });

  it('is refused for names of variables', async () => {
    const withEnvs = (envs: unknown[]) =>
      save(workflow(fresh(), [script('a', ['start'], { spec: { script: 'true', envs } })], ['a']));
    expect((await withEnvs([{ name: 'A=B', value: 'q' }])).body.message).toContain(
      'Task a: "A=B" in envs is not a valid name',
    );
    expect((await withEnvs([{ name: 'A' }, { name: 'A' }])).body.message).toContain('Task a: A is given twice in envs');
    expect((await withEnvs([{ name: '' }])).status).toBe(400);
    const custom = workflow(fresh(), [task('a', 'custom', { envs: [{ name: 'A=B' }] })], ['a']);
    expect((await save(custom)).body.message).toContain('"A=B" in envs is not a valid name');
  });

  it('is refused for a task named failed, which a retry could not tell from those that failed', async () => {
    const { body } = await save(workflow(fresh(), [script('failed')], ['failed']));
    expect(body).toMatchObject({ code: 1207, message: expect.stringContaining('may not be named failed') as string });
  });
});

describe('warnings of a save', () => {
  it('name results of tasks that need not be completed by then', async () => {
    const asks = (name: string, of: string, after: readonly string[]) =>
      script(name, after, {
        results: [{ name: 'r' }],
        params: of === '' ? [] : [{ name: 'x', value: `$(tasks.${of}.results.r)` }],
      });
    const tasks = [
      asks('first', 'second', ['start']),
      asks('second', '', ['first']),
      asks('third', 'first', ['second']),
      asks('beside', 'second', ['start']),
      asks('itself', 'itself', ['start']),
    ];
    const { body } = await save(workflow(fresh(), tasks, ['third', 'beside', 'itself']));
    const late = (of: string, name: string) =>
      `Task ${name}: $(tasks.${of}.results.r) names nothing: task ${of} may not be completed by then: let task ${name} depend on it.`;
    expect(body.warnings).toEqual([late('second', 'first'), late('second', 'beside'), late('itself', 'itself')]);
  });

  it.each([
    '$(credentials.path)',
    '$(artifacts.path)',
    '$(params)',
    '$(Params.x)',
    '$(PARAMS.x)',
    '${p:workflow.params.x}',
  ])('name %s, which only looks like a token', async (token) => {
    const a = script('a', ['start'], { spec: { script: `echo ${token} \${p:-x} \${p:1} $(date)` } });
    const { body } = await save(workflow(fresh(), [a], ['a'], { params: [{ name: 'x', type: 'text' }] }));
    expect(body.warnings).toEqual([`Task a: ${token} is not a token: it stays as it is.`]);
  });
});

describe('a Task of Tekton', () => {
  const tekton = (name: string, params: unknown[], annotations: Record<string, unknown> = {}) =>
    server.post(catalogue, {
      body: JSON.stringify({
        apiVersion: 'tekton.dev/v1',
        kind: 'Task',
        metadata: { name, annotations },
        spec: { params, steps: [{ name, image: 'busybox', script: 'true' }] },
      }),
      headers: yaml,
    });

  it('has params of the type that their default or properties say', async () => {
    const given = [
      { name: 'flags', default: ['-a', '-b'] },
      { name: 'obj', default: { a: 'x' } },
      { name: 'o2', properties: { url: { type: 'string' } } },
      { name: 'plain', default: 'x' },
    ];
    const { body } = await tekton('implied', given);
    expect(body.spec.params.map(({ type }: { type: string }) => type)).toEqual(['array', 'json', 'json', 'text']);
    const back = await server.get(`${catalogue}/implied`, { headers: { accept: 'application/x-yaml' } });
    const types = (parse(back.text) as { spec: { params: { type: string }[] } }).spec.params.map(({ type }) => type);
    expect(types).toEqual(['array', 'object', 'object', 'string']);
  });

  it('is refused where a default is none of its type or its choices', async () => {
    expect((await tekton(fresh(), [{ name: 'p', enum: ['a', 'b'], default: 'c' }])).body.message).toContain(
      'one of: a, b',
    );
    expect((await tekton(fresh(), [{ name: 'p', type: 'array', default: 'x' }])).body.message).toContain(
      'must be a list',
    );
  });

  it('keeps the text of annotations that are numbers, and names those that are no texts', async () => {
    const ours = { 'boomerang.io/displayname': 2024, 'boomerang.io/icon': 7, 'boomerang.io/category': ['a'] };
    const { body } = await tekton('numbered', [], ours);
    expect(body).toMatchObject({ displayName: '2024', icon: '7' });
    expect(body.warnings).toEqual(['metadata.annotations.boomerang.io/category is not kept: it must be a text.']);
    expect((await tekton(fresh(), [], { 'boomerang.io/status': 5 })).body.message).toContain('status');
  });
});
