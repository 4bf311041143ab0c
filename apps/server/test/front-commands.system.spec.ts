import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { blocksOf, root } from './document';
import { adminToken, secretKey } from './harness';
import { build, ServerProcess } from './server-process';

/**
 * Runs the commands that we give to newcomers, unchanged, each in its own situation, on a new folder and database. Each
 * must succeed; curl fails here on a 4xx.
 */
describe('the first commands', () => {
  let database: TestDatabase;
  let folder: string;
  let server: ServerProcess;

  const environment = () => ({
    DATABASE_URL: database.url,
    RUNLEDGER_SECRET_KEY: secretKey.toString('hex'),
    RUNLEDGER_DATA_DIR: folder,
  });
  /** The environment of a new shell. */
  const plain = () => ({ PATH: process.env['PATH'], HOME: process.env['HOME'], CURL_HOME: folder });
  const bash = (script: string, settings: NodeJS.ProcessEnv) => {
    const env = { ...plain(), ...settings };
    const { status, stdout, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: root,
      encoding: 'utf8',
      env,
    });
    return { status, stdout, stderr };
  };
  const printed = () => {
    const text = /to paste into a shell:\n\n([^]*?)\n\nReady\./.exec(server.output.join(''))?.[1];
    if (text === undefined) throw new Error('No commands were printed');
    return text;
  };

  beforeAll(() => build());
  beforeEach(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), "runledger front's "));
    writeFileSync(join(folder, '.curlrc'), 'fail\nsilent\nshow-error\n');
  });
  afterEach(async () => {
    await server.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });
  afterAll(() => ServerProcess.killAll());

  it('are printed with the token that was made, and with a command for another one at later starts', async () => {
    server = await ServerProcess.start({ ...environment(), RUNLEDGER_ADMIN_TOKEN: '' }, []);
    expect(printed()).toMatch(/TOKEN=bfg_[0-9a-f-]{36}$/m);
    expect(bash(printed(), {})).toMatchObject({ status: 0, stderr: '' });

    await server.end('SIGTERM');
    server = await ServerProcess.start({ ...environment(), RUNLEDGER_ADMIN_TOKEN: '' }, []);
    expect(printed()).toContain("# With this server's DATABASE_URL and RUNLEDGER_SECRET_KEY exported:");
    expect(printed()).toContain('TOKEN=$(npm start --silent -- --new-admin-token)');
    const { status, stdout } = bash(printed(), environment());
    expect([status, stdout]).toEqual([0, expect.stringContaining('"status":"cancelled"')]);
  });

  it('are about the installation that has printed them, in a shell that has none of its settings', async () => {
    const settings = {
      DATABASE_URL: '',
      RUNLEDGER_SECRET_KEY: '',
      RUNLEDGER_ADMIN_TOKEN: '',
      RUNLEDGER_DATA_DIR: folder,
    };
    server = await ServerProcess.start(settings, []);
    await server.end('SIGTERM');
    server = await ServerProcess.start(settings, []);
    expect(printed()).toContain('TOKEN=$(RUNLEDGER_DATA_DIR=');
    const { status, stdout } = bash(printed(), {});
    expect([status, stdout]).toEqual([0, expect.stringContaining('"status":"cancelled"')]);
  });

  it('name the variable of a token that was set, and never show it', async () => {
    server = await ServerProcess.start(environment(), []);
    expect(printed()).toContain('TOKEN=$RUNLEDGER_ADMIN_TOKEN');
    expect(server.output.join('')).not.toContain(adminToken);
    expect(bash(printed(), { RUNLEDGER_ADMIN_TOKEN: adminToken })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['beside an agent', 0, [], '"phase":"finalized"'],
    ['without an agent', 1, ['--no-agent'], '"phase":"running"'],
  ])('stand in the README, %s', async (_situation, block, flags, shown) => {
    server = await ServerProcess.start(environment(), flags);
    const text = blocksOf('README.md', 'sh')[block] ?? 'false';
    expect(bash(text, { ...environment(), RUNLEDGER_URL: server.url })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(shown),
      stderr: expect.stringContaining('new administrator’s token'),
    });
  });
});
