import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { blocksOf, root } from './document';
import { adminToken, secretKey } from './harness';
import { build, ServerProcess } from './server-process';

jest.setTimeout(180_000);

/** The commands that newcomers are given, run as they stand: each must succeed, and curl takes a 4xx for a failure here. */
describe('the first commands', () => {
  let database: TestDatabase;
  let folder: string;
  let server: ServerProcess;

  const environment = () => ({
    DATABASE_URL: database.url,
    RUNLEDGER_SECRET_KEY: secretKey.toString('hex'),
    RUNLEDGER_DATA_DIR: folder,
    CURL_HOME: folder,
  });
  const bash = (script: string, more: NodeJS.ProcessEnv = {}) => {
    const env = { ...process.env, ...environment(), RUNLEDGER_URL: server.url, ...more };
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

  beforeAll(async () => {
    build();
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'runledger-front-'));
    writeFileSync(join(folder, '.curlrc'), 'fail\nsilent\nshow-error\n');
  });
  afterEach(() => server.end('SIGTERM'));
  afterAll(async () => {
    ServerProcess.killAll();
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it('are printed with the token that was made, and with a command for another one at later starts', async () => {
    server = await ServerProcess.start({ ...environment(), RUNLEDGER_ADMIN_TOKEN: '' }, []);
    expect(printed()).toMatch(/TOKEN=bfg_[0-9a-f-]{36}$/m);
    expect(bash(printed())).toMatchObject({ status: 0, stderr: '' });

    await server.end('SIGTERM');
    server = await ServerProcess.start({ ...environment(), RUNLEDGER_ADMIN_TOKEN: '' }, []);
    expect(printed()).toContain('TOKEN=$(npm start --silent -- --new-admin-token)');
    const { status, stdout } = bash(printed());
    expect([status, stdout]).toEqual([0, expect.stringContaining('"status":"cancelled"')]);
  });

  it('name the variable of a token that was set, and never show it', async () => {
    server = await ServerProcess.start(environment(), []);
    expect(printed()).toContain('TOKEN=$RUNLEDGER_ADMIN_TOKEN');
    expect(server.output.join('')).not.toContain(adminToken);
    expect(bash(printed(), { RUNLEDGER_ADMIN_TOKEN: adminToken })).toMatchObject({ status: 0, stderr: '' });
  });

  it('stand in the README, beside an agent and without one', async () => {
    const [withAgent, alone] = blocksOf('README.md', 'sh');
    server = await ServerProcess.start(environment(), []);
    expect(bash(withAgent ?? 'false')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('new administrator’s token'),
    });
    await server.end('SIGTERM');
    server = await ServerProcess.start(environment());
    const setting = (withAgent ?? '').split('\n').slice(0, 4).join('\n');
    const { status, stdout } = bash(`${setting}\n${alone ?? 'false'}`);
    expect([status, stdout]).toEqual([0, expect.stringContaining('"phase":"running"')]);
  });
});
