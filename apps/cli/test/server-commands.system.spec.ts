import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAll } from '#libs/ledger';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import { adminToken, secretKey, simpleWorkflow } from '../../server/test/harness';
import { build, ServerProcess } from '../../server/test/server-process';
import { ended, entry, runledger, start } from './cli';

describe('the commands that use the server', () => {
  let database: TestDatabase;
  let pool: Pool;
  let server: ServerProcess;
  let agent: ChildProcess;
  let folder: string;
  let settings: NodeJS.ProcessEnv;

  const script = (name: string, text: string, extra: Record<string, unknown> = {}) => {
    const workflow = simpleWorkflow(name, extra);
    return {
      ...workflow,
      tasks: workflow.tasks.map((task) => (task.type === 'script' ? { ...task, spec: { script: text } } : task)),
    };
  };
  const save = async (definition: object) => {
    expect((await server.call('PUT', '/api/v2/team/mine/workflow', definition)).status).toBe(200);
  };
  /** Its output, without the line break. */
  const done = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await runledger(args, settings);
    expect([code, err]).toEqual([0, '']);
    return out.trimEnd();
  };
  const reasonOf = async (type: string): Promise<unknown> => {
    const events = await readAll(pool, 0, 10_000);
    return events.findLast((event) => event.type === type)?.metadata.reason;
  };

  beforeAll(async () => {
    await build();
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 1 });
    server = await ServerProcess.start({ DATABASE_URL: database.url });
    folder = mkdtempSync(join(tmpdir(), 'runledger-cli-'));
    settings = { RUNLEDGER_URL: server.url, RUNLEDGER_TOKEN: adminToken, RUNLEDGER_TEAM: 'mine' };
    agent = start(process.execPath, [entry, 'agent'], {
      ...settings,
      RUNLEDGER_AGENT_WORKDIR: folder,
      RUNLEDGER_LOG_LEVEL: 'warn',
    });
    await server.call('POST', '/api/v2/team', { name: 'mine' });
    const params = [
      { name: 'colour', type: 'text', default: 'blue' },
      { name: 'sizes', type: 'json', default: [] },
    ];
    await save(script('quick', 'echo "first $(params.colour)"; echo second', { params }));
    await save(script('wrong', 'echo oh; exit 3'));
    await save({
      name: 'ask',
      tasks: [
        { name: 'start', type: 'start' },
        { name: 'person', type: 'approval', dependencies: [{ taskRef: 'start' }] },
        { name: 'end', type: 'end', dependencies: [{ taskRef: 'person' }] },
      ],
    });
  });
  afterAll(async () => {
    agent.kill('SIGTERM');
    // `runledger agent` ends as the agent does.
    expect(await once(agent, 'exit')).toEqual([0, null]);
    expect(await server.end('SIGTERM')).toBe(0);
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => ServerProcess.killAll());

  it('submit a run, follow its output to the end, and show it', async () => {
    const id = await done(
      ...['run', 'submit', 'quick', '--param', 'colour=a=b', '--param-json', 'sizes=[1,2]', '--label', 'by=cli'],
      ...['--reason', 'überall'],
    );
    expect(await done('run', 'logs', id, '--follow')).toBe('a               │ first a=b\na               │ second');
    expect(await done('run', 'logs', id, '--task', 'a')).toBe('first a=b\nsecond');
    const lines = (await done('run', 'logs', id, '--json')).split('\n').map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { task: 'a', line: 'first a=b' },
      { task: 'a', line: 'second' },
    ]);
    expect(await reasonOf('WorkflowRunSubmitted')).toBe('überall');

    const shown = await until(
      () => done('run', 'get', id),
      (text) => text.includes('finalized'),
    );
    expect(shown).toMatch(new RegExp(`^quick, version 1, run ${id}\nsucceeded/finalized after \\d+ ms`));
    expect(shown).toMatch(/\n {2}a +script +succeeded\/completed +\d+ ms/);
    const run = JSON.parse(await done('run', 'get', id, '--json'));
    expect([run.labels, run.params]).toEqual([
      { by: 'cli' },
      [
        { name: 'colour', value: 'a=b' },
        { name: 'sizes', value: [1, 2] },
      ],
    ]);
  });

  it('submit the same run again under the same key', async () => {
    const submit = () =>
      done('run', 'submit', 'ask', '--start', '--idempotency-key', 'once', '--workflow-version', '1');
    expect(await submit()).toBe(await submit());
  });

  it('list, cancel and retry runs', async () => {
    const id = await done('run', 'submit', 'ask', '--start', '--label', 'n=1', '--label', 'm=a,b');
    const listed = await done('run', 'list', '--workflow', 'ask', '--label', 'n=1', '--label', 'm=a,b', '--limit', '5');
    expect(listed).toMatch(
      new RegExp(`^ID +WORKFLOW +STATUS +CREATED +DURATION\n${id} +ask +running/running +\\S+ +\\d+ ms$`),
    );
    expect(await done('run', 'cancel', id, '--reason', 'wrong branch')).toBe(`Run ${id} is cancelled.`);
    expect(await reasonOf('WorkflowRunCancelled')).toBe('wrong branch');
    const page = JSON.parse(await done('run', 'list', '--status', 'cancelled', '--status', 'failed', '--json'));
    expect(page.content.map((run: { id: string }) => run.id)).toEqual([id]);

    const all = (await done('run', 'list', '--all', '--json'))
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(all.map((run) => run.id)).toContain(id);
    expect(await done('run', 'list', '--all', '--status', 'cancelled')).toMatch(new RegExp(`^ID .+\n${id} +ask`));
    expect((await runledger(['run', 'list', '--all', '--page', '2'], settings)).code).toBe(2);

    const plan = await done('run', 'retry', id, '--dry-run');
    expect(plan).toMatch(/^person +runs +it was cancelled$/);
    const again = await done('run', 'retry', id);
    expect(again).not.toBe(id);
    expect(JSON.parse(await done('run', 'get', again, '--json')).annotations).toMatchObject({
      'boomerang.io/retry-of': id,
    });
  });

  it('cancel many runs in one job', async () => {
    const ids = [];
    for (let run = 0; run < 3; run++) ids.push(await done('run', 'submit', 'ask', '--label', 'many=yes'));
    await done('run', 'cancel', ids[0] ?? '');
    const chosen = ['cancel', '--label', 'many=yes'];
    expect(await done('run', 'bulk', ...chosen, '--dry-run')).toBe(
      '3 runs: it would be 2 done, 1 unchanged, 0 refused.',
    );
    const text = await done('run', 'bulk', ...chosen, '--reason', 'all of them');
    expect(text).toMatch(/^Job \S+ is completed\. 3 runs: 2 done, 1 unchanged\.$/);
    const retried = JSON.parse(await done('run', 'bulk', 'retry', '--run', ids[1] ?? '', '--json'));
    expect(retried).toMatchObject({ action: 'retry', status: 'completed', outcomes: { done: 1 } });
    const again = await done('run', 'bulk', 'retry', '--workflow', 'quick', '--from', 'failed');
    expect(again).toMatch(/refused\.\n {2}\S+ refused: Invalid WorkflowRun request/);
  });

  it('follow a run that fails to its end too', async () => {
    const id = await done('run', 'submit', 'wrong');
    expect(await done('run', 'logs', id, '-f')).toBe('a               │ oh');
    expect(
      await until(
        () => done('run', 'get', id),
        (text) => text.includes('finalized'),
      ),
    ).toContain('failed/finalized');
  });

  it('create, list and delete tokens', async () => {
    const token = await done(
      'token',
      'create',
      '--type',
      'team',
      '--principal',
      'mine',
      '--name',
      'ci',
      '--permission',
      'workflowrun/read',
    );
    expect(token).toMatch(/^bft_\S+$/);
    const own = { ...settings, RUNLEDGER_TOKEN: token };
    expect((await runledger(['run', 'list'], own)).code).toBe(0);
    expect(await runledger(['run', 'submit', 'ask'], own)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/refuses \(403\): \S/),
    });
    const { content } = JSON.parse(await done('token', 'list', '--type', 'team', '--principal', 'mine', '--json'));
    expect(content).toHaveLength(1);
    const [{ id }] = content;
    expect(await done('token', 'list', '--type', 'team')).toMatch(new RegExp(`\n${id} +team +valid +ci`));
    expect(await done('token', 'delete', id, '--reason', 'done')).toBe(`Token ${id} is revoked.`);
    expect(await reasonOf('TokenRevoked')).toBe('done');
    await until(async () => (await runledger(['run', 'list'], own)).code === 1);
    expect(await runledger(['run', 'list'], own)).toEqual({
      code: 1,
      out: '',
      err: 'runledger: The server refuses the token (401): set RUNLEDGER_TOKEN to a valid one.\n',
    });
  });

  it.each<[string[], NodeJS.ProcessEnv, number, RegExp]>([
    [
      ['run', 'list'],
      { RUNLEDGER_URL: 'http://127.0.0.1:1' },
      3,
      /server http:\/\/127\.0\.0\.1:1 cannot be reached .*set RUNLEDGER_URL/,
    ],
    [['run', 'list'], { RUNLEDGER_URL: 'ftp://x' }, 2, /RUNLEDGER_URL must be an http or https URL/],
    [['run', 'list'], { RUNLEDGER_TOKEN: '' }, 2, /RUNLEDGER_TOKEN is not set/],
    [['run', 'list'], { RUNLEDGER_TEAM: '' }, 2, /option '--team <name>'/],
    [['run', 'list', '--team', 'other'], {}, 1, /refuses \(400\): \S/],
    [['run', 'list', '--status', 'tired'], {}, 1, /refuses \(400\): .*tired/],
    [['run', 'list', '--limit', 'all'], {}, 2, /whole number from 1/],
    [['run', 'submit', 'nothing'], {}, 1, /refuses \(400\): .*Workflow/],
    [['run', 'submit', 'quick', '--param', 'colour'], {}, 2, /a name and a value, with = between them/],
    [['run', 'submit', 'quick', '--param-json', 'sizes=[1'], {}, 2, /must be JSON/],
    [['run', 'get', '../../team'], {}, 1, /refuses \(40\d\): \S/],
    [['run', 'logs', '01a210d2-4185-71d7-99d7-c37cc45ff2ba'], {}, 1, /Invalid WorkflowRun reference/],
    [['token', 'create', '--type', 'king'], {}, 2, /--type <type>/],
  ])('%j with %j is one sentence and an exit code', async (args, environment, code, message) => {
    const result = await runledger(args, { ...settings, ...environment });
    expect([result.code, result.out]).toEqual([code, '']);
    expect(result.err).toMatch(/^runledger: [^\n]+\n$/);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain(adminToken);
  });
});

describe('the commands that are programs', () => {
  beforeAll(() => build());

  it('server starts the server with its flags, and ends as it does', async () => {
    const database = await createTestDatabase();
    const child = start(process.execPath, [entry, 'server', '--no-agent'], {
      ...{ DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production' },
      ...{ RUNLEDGER_ADMIN_TOKEN: adminToken, RUNLEDGER_SECRET_KEY: secretKey.toString('hex') },
    });
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const url = await until(() => /listens on (http:\S+)[^]*Ready\./.exec(out)?.[1]);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await database.drop();
  });

  it('verify finds the embedded database, whether a server runs on it or not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-embedded-'));
    const own = { RUNLEDGER_DATA_DIR: folder };
    expect((await runledger(['verify'], own)).code).toBe(2);
    const child = start(process.execPath, [entry, 'server', '--no-agent'], { ...own, HOST: '127.0.0.1', PORT: '0' });
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const url = await until(() => /listens on (http:\S+)[^]*Ready\./.exec(out)?.[1]);
    const beside = await runledger(['verify'], own);
    expect(beside).toMatchObject({ code: 0, out: expect.stringMatching(/^whole: [1-9]/), err: '' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    // Meanwhile the trail's index has come up to the head, so the views may have more rows.
    const after = await runledger(['verify'], own);
    expect(after).toMatchObject({ code: 0, err: '' });
    const withoutRows = ({ out }: { out: string }) => out.replace(/with \d+ rows/, 'with rows');
    expect(withoutRows(after)).toBe(withoutRows(beside));
    // It leaves no database behind, however it ends: `owner.pid` is there while a database runs.
    const cut = await ended(start('bash', ['-c', `'${process.execPath}' '${entry}' export | head -c 1`], own));
    expect(cut).toEqual({ code: 0, out: '{', err: '' });
    expect(existsSync(join(folder, 'owner.pid'))).toBe(false);
    const stopped = start(process.execPath, [entry, 'verify'], own);
    await until(() => existsSync(join(folder, 'owner.pid')));
    stopped.kill('SIGTERM');
    expect(await ended(stopped)).toEqual({ code: 143, out: '', err: '' });
    expect(existsSync(join(folder, 'owner.pid'))).toBe(false);
    rmSync(folder, { recursive: true, force: true });
  });

  it('agent tells wrong settings as the agent does', async () => {
    const { code, err } = await ended(start(process.execPath, [entry, 'agent'], {}));
    expect([code, err]).toEqual([2, expect.stringContaining('RUNLEDGER_TOKEN must be a token of the server')]);
  });
});
