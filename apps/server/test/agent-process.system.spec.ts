import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#libs/testing';
import { adminToken, TestServer } from './harness';
import { build } from './server-process';
import { script, workflow } from './workflows';

const entry = join(__dirname, '../../../dist/bin/agent.js');

/** Our agent as a separate process. */
class AgentProcess {
  private static readonly running = new Set<ChildProcess>();
  readonly ended: Promise<number | null>;
  output = '';

  private constructor(private readonly child: ChildProcess) {
    AgentProcess.running.add(child);
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        AgentProcess.running.delete(child);
        resolve(code);
      }),
    );
  }

  static start(environment: NodeJS.ProcessEnv): AgentProcess {
    const env = { PATH: process.env['PATH'], RUNLEDGER_TOKEN: adminToken, ...environment };
    const child = spawn(process.execPath, [entry], { env, stdio: ['pipe', 'ignore', 'pipe'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(environment['RUNLEDGER_TOKEN_FILE'] === '-' ? `${adminToken}\n` : '');
    return new AgentProcess(child);
  }

  static killAll(): void {
    for (const child of AgentProcess.running) child.kill('SIGKILL');
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

describe('our agent as a process', () => {
  let folder: string;
  beforeAll(async () => {
    await build();
    folder = mkdtempSync(join(tmpdir(), 'runledger-agents-'));
  });
  afterAll(() => {
    AgentProcess.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  const settings = (url: string, more: NodeJS.ProcessEnv = {}) => ({
    RUNLEDGER_URL: url,
    RUNLEDGER_AGENT_WORKDIR: join(folder, 'work'),
    ...more,
  });

  it.each([
    ['2, the settings are not right', {}, { RUNLEDGER_TOKEN: 'none' }, 2, 'RUNLEDGER_TOKEN must be'],
    ['3, the token is refused', { status: 401 }, {}, 3, 'The server refuses the token (401): set RUNLEDGER_TOKEN'],
    ['4, patience is over', { status: 503 }, { RUNLEDGER_AGENT_PATIENCE_SECONDS: '1' }, 4, 'no usable answer for 1 s'],
  ])('ends with code %s', async (_what, { status = 200 }: { status?: number }, more, code, sentence) => {
    const server = createServer((_request, response) => response.writeHead(status).end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const agent = AgentProcess.start(settings(`http://127.0.0.1:${port}`, more));
    expect(await agent.ended).toBe(code);
    expect(agent.output).toContain(sentence);
    expect(agent.output).not.toMatch(/\n\s+at /);
    server.closeAllConnections();
    server.close();
  });

  it('has no token that its tasks could read', async () => {
    const server = await TestServer.start();
    try {
      await server.server.app.listen(0, '127.0.0.1');
      const { port } = server.server.app.getHttpServer().address() as { port: number };
      await server.createTeam('alpha');
      const look = `cat /proc/$PPID/environ /proc/$PPID/cmdline /proc/self/environ | tr '\\0' '\\n' | grep -c -e bfg_ -e '^RUNLEDGER_TOKEN=[^*]' > $(results.found.path) || true`;
      const task = script('look', ['start'], { results: [{ name: 'found' }], spec: { script: look } });
      expect((await server.saveWorkflow('alpha', workflow('curious', [task], ['look']))).status).toBe(200);
      for (const more of [{}, { RUNLEDGER_TOKEN: undefined, RUNLEDGER_TOKEN_FILE: '-' }]) {
        const agent = AgentProcess.start(settings(`http://127.0.0.1:${port}`, more));
        const { body } = await server.submit('alpha', 'curious');
        const run = await until(
          async () => (await server.get(`/api/v2/team/alpha/workflowrun/${body.id as string}`)).body,
          ({ phase }) => phase === 'completed' || phase === 'finalized',
        );
        const found = run.tasks.find(({ name }: { name: string }) => name === 'look');
        expect([found.status, found.results[0].value]).toEqual(['succeeded', '0']);
        expect(await agent.end('SIGTERM')).toBe(0);
      }
    } finally {
      AgentProcess.killAll();
      await server.stop();
    }
  });

  it('ends what it left running when it was killed, and the task is done once more', async () => {
    const server = await TestServer.start({ leaseSeconds: 2 });
    try {
      await server.server.app.listen(0, '127.0.0.1');
      const { port } = server.server.app.getHttpServer().address() as { port: number };
      await server.createTeam('alpha');
      const file = join(folder, 'pids');
      const first = `if [ -e ${file} ]; then exit 0; fi
        trap '' TERM; setsid sh -c 'trap "" TERM; while :; do echo $$ >> ${file}; sleep 60; done' & wait; sleep 60`;
      const definition = workflow('stubborn', [script('it', ['start'], { spec: { script: first } })], ['it']);
      expect((await server.saveWorkflow('alpha', definition)).status).toBe(200);
      const { body } = await server.submit('alpha', 'stubborn');
      const killed = AgentProcess.start(settings(`http://127.0.0.1:${port}`));
      const pids = (): number[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
      await until(
        () => Promise.resolve(pids()),
        (found) => found.length === 1,
      );
      await killed.end('SIGKILL');
      expect(pids().filter(isAlive)).toEqual(pids());
      const next = AgentProcess.start(settings(`http://127.0.0.1:${port}`));
      const run = await until(
        async () => (await server.get(`/api/v2/team/alpha/workflowrun/${body.id as string}`)).body,
        ({ phase }) => phase === 'completed' || phase === 'finalized',
      );
      expect(run.status).toBe('succeeded');
      expect(pids().filter(isAlive)).toEqual([]);
      expect(await next.end('SIGTERM')).toBe(0);
      expect(readdirSync(join(folder, 'work'))).toEqual([]);
    } finally {
      AgentProcess.killAll();
      await server.stop();
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
