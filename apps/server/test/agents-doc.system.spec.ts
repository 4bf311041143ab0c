import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '#libs/testing';
import { TestServer } from './harness';
import { resultsOf, Runs, script, taskOf, workflow } from './workflows';

const document = readFileSync(join(__dirname, '../../../docs/agents.md'), 'utf8');
const example = /```js\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
const tokenBody = /-d '(\{"type".*\})'/.exec(document)?.[1] ?? '';

describe('the agent of docs/agents.md', () => {
  let folder: string;
  let child: ChildProcess | null = null;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-doc-'));
  });
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs as it stands there, before and after a restart of the server', async () => {
    const database = await createTestDatabase();
    let server = await TestServer.start({ database });
    try {
      await server.server.app.listen(0, '127.0.0.1');
      const { port } = server.server.app.getHttpServer().address() as { port: number };
      const made = await server.post('/api/v2/token', { body: tokenBody });
      expect(made.status).toBe(200);
      await server.createTeam('alpha');
      const file = join(folder, 'agent.cjs');
      writeFileSync(file, example);
      let output = '';
      child = spawn(process.execPath, [file], {
        env: {
          PATH: process.env['PATH'],
          RUNLEDGER_URL: `http://127.0.0.1:${port}`,
          RUNLEDGER_TOKEN: made.body.token as string,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const text = `echo printed; echo blue > $(results.out.path); echo '$$(results.out.path)'; test -z "$RUNLEDGER_TOKEN"`;
      const good = script('good', ['start'], { results: [{ name: 'out' }], spec: { script: text } });
      const told = script('told', ['start'], {
        params: [
          { name: 'app-version', value: '1.0 "beta" $(params.x)' },
          { name: 'größe', value: 3 },
          { name: 'none', value: null },
          { name: 'many', value: ['a', { b: 1 }] },
        ],
        results: [{ name: 'kept' }],
        spec: {
          script: 'printf "%s\\n" "$PARAM_APP_VERSION" "$PARAM_GR__E" "[$PARAM_NONE]" "$PARAM_MANY" "$E" > "$KEPT"',
          envs: [
            { name: 'E', value: 'v' },
            { name: 'KEPT', value: '$(results.kept.path)' },
          ],
        },
      });
      const large = script('large', ['start'], { params: [{ name: 'p', value: 'x'.repeat(140_000) }] });
      const bad = script('bad', ['good'], { spec: { script: 'echo no luck >&2; false; echo never' } });
      for (const name of ['before', 'after']) {
        const runs = new Runs(server, 'alpha');
        const run = await runs.ended(
          await runs.start(
            workflow(name, [good, told, large, bad], ['bad:failure', 'told', 'large:failure'], {
              params: [{ name: 'x', default: 'y' }],
            }),
          ),
        );
        expect(run.status).toBe('succeeded');
        expect(resultsOf(taskOf(run, 'good'))).toEqual({ out: 'blue' });
        expect(resultsOf(taskOf(run, 'told'))).toEqual({ kept: '1.0 "beta" y\n3\n[]\n["a",{"b":1}]\nv' });
        expect(taskOf(run, 'large')).toMatchObject({
          status: 'failed',
          statusMessage: expect.stringContaining('E2BIG'),
        });
        const log = await server.get(`/api/v2/taskrun/${taskOf(run, 'good').id as string}/log`);
        expect(log.text).toBe('printed\n$(results.out.path)\n');
        expect(taskOf(run, 'bad')).toMatchObject({ status: 'failed', statusMessage: 'Ended with 1. no luck\n' });
        if (name === 'after') break;
        await server.stop();
        server = await TestServer.start({ database });
        await server.server.app.listen(port, '127.0.0.1');
      }
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(output).toBe('');
    } finally {
      await server.stop();
      await database.drop();
    }
  });
});
