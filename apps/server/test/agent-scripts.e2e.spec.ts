import { type Answer, TestServer } from './harness';
import { RealAgent } from './real-agent';
import { resultsOf, Runs, script, taskOf, workflow } from './workflows';

describe('scripts, params and results of our agent', () => {
  let server: TestServer;
  let agent: RealAgent;
  let runs: Runs;
  let count = 0;

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

  const task = async (
    text: string,
    more: Record<string, unknown> = {},
    body: unknown = {},
    extra: Record<string, unknown> = {},
  ): Promise<Answer['body']> => {
    const results = [{ name: 'out' }];
    const spec = { script: text, ...(more['spec'] as object | undefined) };
    const definition = workflow(`s-${++count}`, [script('a', ['start'], { results, ...more, spec })], ['a'], extra);
    const id = await runs.start(definition, body);
    return taskOf(await runs.ended(id, 20), 'a') as unknown;
  };
  const out = (found: Answer['body']): unknown => resultsOf(found)['out'];
  const write = '> $(results.out.path)';

  it.each([
    ['a script without #! ends at the first command that fails', 'false\necho done', 'failed', null],
    ['CRLF after #!', '#!/bin/sh\r\necho one\r\n', 'succeeded', null],
    ['CRLF in one line', `#!/bin/sh\nprintf x ${write}\r\n`, 'succeeded', 'x'],
    ['CRLF without #!', `if true; then\r\nprintf two ${write}\r\nfi\r\n`, 'succeeded', 'two'],
    ['a blank line before #!', `\n#!/usr/bin/env bash\n[[ a == a ]] && printf x ${write}`, 'succeeded', 'x'],
    ['a byte order mark', `\uFEFFprintf x ${write}`, 'succeeded', 'x'],
    ['one line break at the end of a result', `echo blue ${write}`, 'succeeded', 'blue'],
    ['and no more than one', `printf 'blue\\n\\n' ${write}`, 'succeeded', 'blue\n'],
    ['an empty result', `: ${write}`, 'succeeded', ''],
  ])('%s', async (_what, text, status, value) => {
    const found = await task(text);
    expect([found.status, out(found)]).toEqual([status, value]);
  });

  it('data keeps its line breaks, in the script too', async () => {
    const found = await task(
      `#!/bin/sh\r\ncat > $(results.out.path) <<'END'\r\n$(params.text)\r\nEND\r\n`,
      {},
      { params: [{ name: 'text', value: 'a\r\nb' }] },
      { params: [{ name: 'text' }] },
    );
    expect(out(found)).toBe('a\r\nb');
  });

  it.each([
    ['a FIFO', 'mkfifo $(results.out.path)', 'Result out is a FIFO: write a file.'],
    ['a directory', 'mkdir $(results.out.path)', 'Result out is a directory: write a file.'],
    ['a link', 'ln -s /etc/passwd $(results.out.path)', 'Result out is a link that leaves the results folder'],
    ['bytes that are no UTF-8', `printf 'ok\\377' ${write}`, 'Result out is not UTF-8 text (from byte 2 on)'],
    ['a NUL character', `printf 'a\\000b' ${write}`, 'Result out contains a NUL character (byte 1)'],
    [
      'too much',
      `head -c 300000 /dev/zero | tr '\\0' x ${write}`,
      'Result out has 300000 bytes: at most 262144 are taken.',
    ],
  ])('a result that is %s fails the task, and is named', async (_what, text, sentence) => {
    const found = await task(text);
    expect(found.status).toBe('failed');
    expect(found.statusMessage).toContain(sentence);
  });

  it('results are whole up to their limit', async () => {
    const found = await task(`i=0; while [ $i -lt 30000 ]; do printf €; i=$((i+1)); done ${write}`);
    expect(out(found)).toBe('€'.repeat(30_000));
    const all = await task(
      ['a', 'b', 'c', 'd', 'e']
        .map((name) => `head -c 250000 /dev/zero | tr '\\0' x > $(results.${name}.path)`)
        .join('\n'),
      { results: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })) },
    );
    expect(all.statusMessage).toContain('at most 1024000 are allowed for one task.');
  });

  it('messages show bytes that are no UTF-8 as what they are, and a missing working directory is named', async () => {
    expect((await task(`printf 'caf\\351 \\000 ü' >&2; exit 1`)).statusMessage).toBe(
      'Exited with code 1. caf\\xe9 \\x00 ü',
    );
    const missing = await task('true', { spec: { workingDir: '/no/such/place' } });
    expect(missing.statusMessage).toBe("The working directory /no/such/place does not exist on the agent's machine.");
    const strange = await task('#!/no/such/program\ntrue');
    expect(strange.statusMessage).toContain(
      "the program in the script's first line does not exist: #!/no/such/program",
    );
  });

  it('large params reach a shell script, and fail a task that cannot have them', async () => {
    const params = { params: [{ name: 'text', value: '$(params.text)' }] };
    const declared = { params: [{ name: 'text', type: 'text' }] };
    for (const [value, bytes] of [
      ["it's 界".padEnd(100_001, 'x'), 100_003],
      ['界'.repeat(60_000), 180_000],
    ] as const) {
      const body = { params: [{ name: 'text', value }] };
      const found = await task(`printf %s "$PARAM_TEXT" | wc -c | tr -d ' ' ${write}`, params, body, declared);
      expect([found.status, out(found)]).toEqual(['succeeded', String(bytes)]);
    }
    const body = { params: [{ name: 'text', value: 'x'.repeat(140_000) }] };
    const node = '#!/usr/bin/env node\n';
    const refused = await task(`${node}console.log(process.env.PARAM_TEXT)`, params, body, declared);
    expect(refused.status).toBe('failed');
    expect(refused.statusMessage).toContain(
      'Param text does not fit into the variable PARAM_TEXT, which would take 140011',
    );
    expect((await task(`${node}console.log(1)`, params, body, declared)).status).toBe('succeeded');
  });

  it('a message is masked before it is cut', async () => {
    const secret = `${'s3cret-'.repeat(80)}end`;
    const found = await task(
      `i=0; while [ $i -lt 12 ]; do printf '%s ' "$PARAM_S" >&2; i=$((i+1)); done; printf '%04096d' 0 | tr 0 x >&2; exit 1`,
      { params: [{ name: 's', value: '$(params.s)' }] },
      { params: [{ name: 's', value: secret }] },
      { params: [{ name: 's', type: 'password' }] },
    );
    expect(found.statusMessage).not.toContain('cret-');
    expect(found.statusMessage.endsWith('xxx')).toBe(true);
    expect(found.statusMessage).toContain('Exited with code 1.');
    expect(found.statusMessage.length).toBeLessThanOrEqual(4096);
  });

  it('params that make one variable are refused when the workflow is saved', async () => {
    const names = ['my-param', 'my_param', 'größe', 'gr__e', 'a', 'A', 'other'];
    const saved = await server.saveWorkflow(
      'alpha',
      workflow('meet', [script('a', ['start'], { params: names.map((name) => ({ name, value: 'x' })) })], ['a']),
    );
    expect(saved.status).toBe(400);
    expect(saved.body.message).toContain(
      'params my-param and my_param both give the environment variable PARAM_MY_PARAM',
    );
    expect(saved.body.message).toContain('params größe and gr__e both give the environment variable PARAM_GR__E');
    expect(saved.body.message).toContain('params a and A both give the environment variable PARAM_A');
    expect(saved.body.message).not.toContain('other');
  });
});
