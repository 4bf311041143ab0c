import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { type Answer, TestServer } from './harness';
import { RealAgent } from './real-agent';
import { resultsOf, Runs, script, task, taskOf, until, workflow } from './workflows';

const secret = 's3cret-of-the-team';

/** Every form of a token, as a user may send it: neither the server nor the agent may resolve any of it. */
const text = [
  '$(params.key) $(team.params.key) $( team.params.key )',
  '$(params[\'key\']) $(params["key"]) $(global.params.key)',
  '$(context.params.workflow-name) $(params.workflowrun-ref) $(tasks.copy.results.env)',
  "$(results.env.path) $(results['env'].path) $$(results.env.path) $$$(results.env.path) $$(params.key)",
  '$(params.typo) $(date) `id` $HOME $',
].join('\n');

const where = ['param', 'env', 'argument', 'script'] as const;

/** A script that writes the value of a token, received in every possible way, into its own result. */
function copy(token: string, after: readonly string[] = ['start']) {
  return script('copy', after, {
    params: [{ name: 'it', value: token }],
    results: where.map((name) => ({ name })),
    spec: {
      script: [
        '#!/bin/sh',
        'printf %s "$PARAM_IT" > $(results.param.path)',
        'printf %s "$VALUE" > "$(results.env.path)"',
        `printf %s "$1" > $(results['argument'].path)`,
        `cat > $(results.script.path) <<'END-OF-TEXT'`,
        '$(params.it)',
        'END-OF-TEXT',
        // The last line break belongs to the script.
        'printf %s "$(cat $(results.script.path))" > $(results.script.path)',
      ].join('\n'),
      arguments: ['$(params.it)'],
      envs: [{ name: 'VALUE', value: token }],
    },
  });
}

function expectCopied(run: Answer['body'], expected = text): void {
  expect(taskOf(run, 'copy')).toMatchObject({ status: 'succeeded' });
  expect(resultsOf(taskOf(run, 'copy'))).toEqual(Object.fromEntries(where.map((name) => [name, expected])));
  expect(JSON.stringify(run)).not.toContain(secret);
}

async function prepare(server: TestServer): Promise<Runs> {
  await server.createTeam('alpha');
  await server.request('PATCH', '/api/v2/team/alpha', {
    body: { parameters: [{ name: 'key', type: 'text', value: secret }] },
  });
  return new Runs(server, 'alpha');
}

describe('data is never a template', () => {
  let server: TestServer;
  let agent: RealAgent;
  let runs: Runs;

  beforeAll(async () => {
    server = await TestServer.start();
    agent = await RealAgent.start(server);
    runs = await prepare(server);
  });
  afterAll(async () => {
    await agent.stop();
    await server.stop();
  });

  const save = async (definition: unknown): Promise<string> => {
    const { status, body, text: answer } = await server.saveWorkflow('alpha', definition);
    if (status !== 200) throw new Error(answer);
    expect(body).not.toHaveProperty('warnings');
    return body.id as string;
  };

  it('a definition may refer to the team', async () => {
    const id = await runs.start(workflow('own', [copy('$(team.params.key)')], ['copy']));
    expect(resultsOf(taskOf(await runs.ended(id), 'copy'))).toMatchObject({ env: secret, script: secret });
  });

  it('what a webhook brings', async () => {
    const triggers = { webhook: { enabled: true } };
    const id = await save(workflow('hook', [copy('$(params.payload.text)')], ['copy'], { triggers }));
    const { body } = await server.post(`/api/v2/webhook?ref=${id}`, { body: { text } });
    expectCopied(await runs.ended(body.id as string));
  });

  it('what an event brings', async () => {
    const triggers = { event: { enabled: true } };
    const id = await save(workflow('on-event', [copy('$(params.event.data.text)')], ['copy'], { triggers }));
    const { body } = await server.post(`/api/v2/event?ref=${id}`, {
      body: { specversion: '1.0', id: '1', source: '/test', type: 'x', data: { text } },
      headers: { 'content-type': 'application/cloudevents+json' },
    });
    expectCopied(await runs.ended(body.id as string));
  });

  it('what a submit, a start and a retry bring', async () => {
    const params = [{ name: 'x', type: 'text', default: '$(team.params.key)' }];
    await save(
      workflow('given', [copy('$(params.x)'), script('bad', ['copy'], { spec: { script: 'exit 1' } })], ['bad'], {
        params,
      }),
    );
    const given = { params: [{ name: 'x', value: text }] };
    const submitted = await runs.ended((await server.submit('alpha', 'given', given)).body.id as string);
    expectCopied(submitted);
    expect(submitted.params).toEqual([{ name: 'x', value: text }]);

    const { body } = await server.submit('alpha', 'given', {}, false);
    await server.put(`${runs.base}/workflowrun/${body.id as string}/start`, { body: given });
    expectCopied(await runs.ended(body.id as string));

    for (const overlay of [{}, given]) {
      const again = await server.put(`${runs.base}/workflowrun/${submitted.id as string}/retry`, {
        body: overlay,
      });
      expectCopied(await runs.ended(again.body.id as string));
    }
    const default_ = await runs.ended((await server.submit('alpha', 'given')).body.id as string);
    expect(resultsOf(taskOf(default_, 'copy'))).toMatchObject({ env: secret });
  });

  it('what a schedule brings', async () => {
    const params = [{ name: 'x', type: 'text' }];
    const triggers = { schedule: { enabled: true } };
    await save(workflow('timed', [copy('$(params.x)')], ['copy'], { params, triggers }));
    const { body } = await server.post(`${runs.base}/schedule`, {
      body: {
        workflowRef: 'timed',
        name: 'once',
        type: 'runOnce',
        dateSchedule: new Date(Date.now() + 200).toISOString(),
        params: [{ name: 'x', value: text }],
      },
    });
    const done = await until(
      async () => (await server.get(`${runs.base}/schedule/${body.id as string}`)).body,
      ({ status }) => status === 'completed',
    );
    expectCopied(await runs.ended(done.workflowRunRef as string));
  });

  it('what a callback brings', async () => {
    const tasks = [task('wait', 'eventwait', { topic: 't' }), copy('$(tasks.wait.results.data.text)', ['wait'])];
    const id = await runs.start(workflow('called', tasks, ['copy']));
    const { status } = await server.post(`/api/v2/callback?ref=${id}&topic=t`, { body: { text } });
    expect(status).toBe(200);
    expectCopied(await runs.ended(id));
  });

  it('what an approver comments', async () => {
    const tasks = [task('ask', 'approval', {}), copy('$(tasks.ask.results.comments)', ['ask'])];
    const id = await runs.start(workflow('asked', tasks, ['copy']));
    const { actionRef } = resultsOf(await runs.waiting(id, 'ask'));
    await server.put(`${runs.base}/action`, { body: [{ id: actionRef, approved: true, comments: text }] });
    expectCopied(await runs.ended(id));
  });

  it('what an agent reports, also where it is JSON', async () => {
    const print = script('print', ['start'], {
      params: [{ name: 'x', value: '$(params.x)' }],
      results: [{ name: 'out' }],
      spec: { script: 'printf %s "$PARAM_X" > $(results.out.path)' },
    });
    const params = [{ name: 'x', type: 'text' }];
    const tasks = [print, copy('$(tasks.print.results.out.a[0])', ['print'])];
    const x = JSON.stringify({ a: [text] });
    expectCopied(
      await runs.ended(
        await runs.start(workflow('reported', tasks, ['copy'], { params }), { params: [{ name: 'x', value: x }] }),
      ),
    );
  });

  it('what a run gives to its child, and the child to the run', async () => {
    const params = [{ name: 'x', type: 'text' }];
    const child = [
      copy('$(params.x)'),
      task('set', 'setwfproperty', { output: 'back', value: '$(params.x)' }, ['copy']),
    ];
    await save(workflow('child', child, ['set'], { params }));
    const call = task('call', 'runworkflow', { workflowRef: 'child', wait: true, x: '$(params.x)' });
    const parent = workflow('parent', [call, copy('$(tasks.call.results.back)', ['call'])], ['copy'], { params });
    const run = await runs.ended(await runs.start(parent, { params: [{ name: 'x', value: text }] }));
    expectCopied(run);
    expectCopied(await runs.ended(resultsOf(taskOf(run, 'call'))['workflowRunRef'] as string));
  });

  it('what a secret holds', async () => {
    const params = [{ name: 'x', type: 'password' }];
    const body = { params: [{ name: 'x', value: `${text}\n$` }] };
    const sum = (name: string, from: string) =>
      script(name, ['start'], {
        results: [{ name: 'sum' }],
        spec: { script: `printf %s "$1" | cksum > $(results.sum.path)`, arguments: [from] },
      });
    const definition = workflow(
      'secret',
      [sum('a', '$(params.x)'), sum('b', 'x$(params.x)$(results.sum.path)')],
      ['a', 'b'],
      { params },
    );
    const run = await runs.ended(await runs.start(definition, body));
    const plain = workflow('plain', [sum('a', '$(params.x)')], ['a'], { params: [{ name: 'x', type: 'text' }] });
    const expected = await runs.ended(await runs.start(plain, body));
    expect(run.status).toBe('succeeded');
    expect(resultsOf(taskOf(run, 'a'))).toEqual(resultsOf(taskOf(expected, 'a')));
  });

  it('an escaped token comes out as text, in scripts, arguments and environment', async () => {
    const escaped = script('copy', ['start'], {
      params: [{ name: 'who', value: 'world' }],
      results: [{ name: 'out' }],
      spec: {
        script: `printf '%s|%s|%s' '$$(params.who) $$(results.out.path) $$ $$$ $(date +%Y) $$(date)' "$1" "$E" > $(results.out.path)`,
        arguments: ['$$(params.who)'],
        envs: [{ name: 'E', value: '$$(params.who)' }],
      },
    });
    const run = await runs.ended(await runs.start(workflow('escaped', [escaped], ['copy'])));
    expect(resultsOf(taskOf(run, 'copy'))['out']).toBe(
      '$(params.who) $(results.out.path) $$ $$$ $(date +%Y) $$(date)|$(params.who)|$(params.who)',
    );
  });

  it('a list gives one argument for each of its items', async () => {
    const params = [{ name: 'list', type: 'array', default: ['none'] }];
    const each = script('each', ['start'], {
      results: [{ name: 'out' }],
      spec: {
        script: `printf '<%s>' "$@" > $(results.out.path)`,
        arguments: ['-x', '$(params.list[*])', '$(params.list[0])'],
      },
    });
    const body = { params: [{ name: 'list', value: ['a b', '$(params.list[0])'] }] };
    const run = await runs.ended(await runs.start(workflow('list', [each], ['each'], { params }), body));
    expect(resultsOf(taskOf(run, 'each'))['out']).toBe('<-x><a b><$(params.list[0])><a b>');
  });
});

describe('tokens and values that are wrong', () => {
  let server: TestServer;
  let runs: Runs;

  beforeAll(async () => {
    server = await TestServer.start();
    runs = await prepare(server);
  });
  afterAll(async () => {
    await server.stop();
  });

  it('the answer to a save names each token that names nothing, and the task ends invalid with it', async () => {
    const names = {
      known:
        '$(params.x) $(params.key) $(team.params.key) $(context.params.taskrun-name) $(task.a.results.r) $(tasks.ask.results.comments)',
      a: '$(params.typo)',
      b: "$(global.params['key'])",
      c: '$(tasks.nobody.results.r)',
      d: '$(tasks.a.results.other)',
      e: '$(workspaces.source.path)',
      f: '$(context.params.workflowrun-id)',
    };
    const tasks = [
      script('a', ['start'], { results: [{ name: 'r' }], spec: { script: 'echo > $(results.typo.path)' } }),
      task('ask', 'approval'),
      task('set', 'setwfproperty', { output: 'o', value: names }, ['a', 'ask']),
    ];
    const params = [{ name: 'x', type: 'text', default: '$(params.nowhere)' }];
    const definition = workflow('warned', tasks, ['set'], { params });
    const saved = await server.saveWorkflow('alpha', definition);
    expect(saved.body.warnings).toEqual([
      'Param x: $(params.nowhere) names nothing: there is no param nowhere, unless a request brings it.',
      'Task a: $(results.typo.path) names nothing: the task declares no result typo.',
      'Task set: $(context.params.workflowrun-id) names nothing: there is no context param workflowrun-id.',
      'Task set: $(tasks.a.results.other) names nothing: task a has no result other.',
      'Task set: $(tasks.nobody.results.r) names nothing: the workflow has no task nobody.',
      "Task set: $(global.params['key']) names nothing: there is no global param key.",
      'Task set: $(params.typo) names nothing: there is no param typo, unless a request brings it.',
      'Task set: $(workspaces.source.path) is not a token: it stays as it is.',
    ]);
    expect((await server.get(`${runs.base}/workflow/warned`)).body).not.toHaveProperty('warnings');
    expect((await server.saveWorkflow('alpha', { ...saved.body })).body.warnings).toHaveLength(8);

    const id = await runs.start(
      workflow('typo', [task('set', 'setwfproperty', { output: 'o', value: '$(params.typo)' })], ['set:always']),
    );
    expect(taskOf(await runs.ended(id), 'set')).toMatchObject({
      status: 'invalid',
      statusMessage: 'Token $(params.typo) names nothing: there is no param typo.',
    });
  });

  it('a result that was declared and not produced is asked for by name; one of a skipped task is empty', async () => {
    const set = (name: string, from: string, after: readonly string[]) =>
      task(name, 'setwfproperty', { output: name, value: { alone: from, text: `<${from}>` } }, after);
    const tasks = [
      script('a', ['start'], { results: [{ name: 'r' }, { name: 'other' }] }),
      script('never', ['a:failure'], { results: [{ name: 'r' }] }),
      set('one', '$(tasks.never.results.r)', ['a', 'never']),
      set('two', '$(tasks.a.results.other)', ['a']),
    ];
    const id = await runs.start(workflow('absent', tasks, ['one', 'two:failure']));
    const agent = await server.registerAgent();
    const [item] = await until(
      () => server.claim(agent),
      (items) => items.length > 0,
    );
    await server.report(item, 'start');
    await server.report(item, 'end', { status: 'succeeded', results: [{ name: 'r', value: '' }] });
    const run = await runs.ended(id);
    expect(resultsOf(run)).toEqual({ one: { alone: null, text: '<>' } });
    expect(taskOf(run, 'two')).toMatchObject({
      status: 'invalid',
      statusMessage: 'Token $(tasks.a.results.other) names nothing: task a succeeded and did not produce result other.',
    });
  });

  it('every value is checked, whatever text it holds, and all that is wrong comes in one answer', async () => {
    const params = [
      { name: 'n', type: 'number' },
      { name: 's', type: 'select', options: [{ key: 'x' }] },
      { name: 'p', type: 'password', maxValueLength: 3 },
      { name: 'd', type: 'number', default: '$(team.params.key)' },
      { name: 'r', type: 'text', required: true },
    ];
    await server.saveWorkflow('alpha', workflow('checked', [script('a')], ['a'], { params }));
    const given = [
      { name: 'n', value: '$(params.d)' },
      { name: 's', value: '$(params.n)' },
      { name: 'p', value: '$(x) long' },
    ];
    const { status, body } = await server.submit('alpha', 'checked', { params: given });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 1002,
      message:
        'Param n must be a number. Param s must be one of: x. Param p must have at most 3 characters. ' +
        'Param d must be a number. Param r is required: give it a value.',
    });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('a default of the wrong type is refused when it is saved, all in one answer', async () => {
    const params = [
      { name: 'n', type: 'number', default: 'many' },
      { name: 'b', type: 'boolean', default: 'perhaps' },
      { name: 's', type: 'select', options: [{ key: 'x' }], default: 'y' },
      { name: 'm', type: 'multiselect', options: [{ key: 'x' }], default: ['x', 'y'] },
      { name: 't', type: 'text', default: 7 },
      { name: 'l', type: 'text', minValueLength: 3, maxValueLength: 2 },
      { name: 'p', type: 'password', minValueLength: 3, default: 'ab' },
      { name: 'ok', type: 'number', default: '$(team.params.key)' },
    ];
    const { status, body } = await server.saveWorkflow('alpha', workflow('wrong', [script('a')], ['a'], { params }));
    expect(status).toBe(400);
    for (const name of ['n', 'b', 's', 'm', 't', 'l', 'p']) expect(body.message).toContain(`(${name})`);
    expect(body.message).not.toContain('(ok)');
  });

  it('totals are bounded, and refused by the name of the bound', async () => {
    const chain = Array.from({ length: 10 }, (_, at) => ({
      name: `p${at}`,
      type: 'text',
      default: at === 0 ? '' : `$(params.p${at - 1})`.repeat(10),
    }));
    await server.saveWorkflow('alpha', workflow('chain', [script('a')], ['a'], { params: chain }));
    expect((await server.submit('alpha', 'chain')).status).toBe(200);
    const given = { params: [{ name: 'p0', value: 'ha' }] };
    expect((await server.submit('alpha', 'chain', given)).body).toMatchObject({
      code: 1002,
      message: expect.stringContaining('bound substitution-bytes: 4194304') as string,
    });
    const data = { params: chain.map(({ name, default: value }) => ({ name, value })) };
    expect((await server.submit('alpha', 'chain', data)).body.params[9].value).toBe('$(params.p8)'.repeat(10));

    const many = Object.fromEntries(Array.from({ length: 320 }, (_, at) => [`q${at}`, '$(params.big)']));
    const params = [{ name: 'big', type: 'text' }];
    const wide = workflow('wide', [task('set', 'setwfproperty', { output: 'o', ...many })], ['set:failure'], {
      params,
    });
    const id = await runs.start(wide, { params: [{ name: 'big', value: 'x'.repeat(900_000) }] });
    expect(taskOf(await runs.ended(id), 'set')).toMatchObject({
      status: 'invalid',
      statusMessage: expect.stringContaining('bound substitution-bytes: 4194304') as string,
    });

    const tokens = [task('set', 'setwfproperty', { output: 'o', value: '$(p)'.repeat(100_001) })];
    const refused = await server.saveWorkflow('alpha', workflow('tokens', tokens, ['set']));
    expect(refused.body).toMatchObject({
      code: 1207,
      message: expect.stringContaining('more than 100000 tokens') as string,
    });

    // Two tasks of 3.6 MB fit into the run's 8 MiB; the third does not.
    const four = { a: '$(params.big)', b: '$(params.big)', c: '$(params.big)', d: '$(params.big)' };
    const tasks = ['1', '2', '3'].map((name, at) =>
      task(name, 'decision', { value: '1', ...four }, [at === 0 ? 'start' : String(at)]),
    );
    const long = await runs.start(workflow('long', tasks, ['3:failure'], { params }), {
      params: [{ name: 'big', value: 'x'.repeat(900_000) }],
    });
    const ended = await runs.ended(long);
    expect(taskOf(ended, '2')).toMatchObject({ status: 'succeeded' });
    expect(taskOf(ended, '3')).toMatchObject({
      status: 'invalid',
      statusMessage: expect.stringContaining('bound run-bytes: 8388608') as string,
    });
  });
});

describe('a restart', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  it('keeps data data', async () => {
    const first = await TestServer.start({ database });
    const before = await prepare(first);
    const params = [{ name: 'x', type: 'text', default: '$(team.params.key)' }];
    await first.saveWorkflow('alpha', workflow('kept', [copy('$(params.x)')], ['copy'], { params }));
    const data = await first.submit('alpha', 'kept', { params: [{ name: 'x', value: text }] }, false);
    const template = await first.submit('alpha', 'kept', {}, false);
    await first.stop();

    const second = await TestServer.start({ database });
    const agent = await RealAgent.start(second);
    try {
      const runs = new Runs(second, before.team);
      for (const { body } of [data, template])
        await second.put(`${runs.base}/workflowrun/${body.id as string}/start`, { body: {} });
      expectCopied(await runs.ended(data.body.id as string));
      expect(resultsOf(taskOf(await runs.ended(template.body.id as string), 'copy'))).toMatchObject({ env: secret });
    } finally {
      await agent.stop();
      await second.stop();
    }
  });
});
