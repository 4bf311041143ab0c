import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, oncePerTestRun, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { adminToken, secretKey } from './harness';

const root = join(__dirname, '../../..');

/** Compiles the programs, so that they can be run as they are run for real. One spec file does it; the others wait for it. */
export function build(): Promise<void> {
  return oncePerTestRun('build', async () => {
    const run = promisify(execFile);
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], { cwd: root });
    await run(process.execPath, ['tools/bundle.mjs'], { cwd: root });
  });
}

/** The server as a separate process. */
export class ServerProcess {
  private static readonly running = new Set<ChildProcess>();

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly output: string[],
  ) {}

  static async start(
    environment: NodeJS.ProcessEnv,
    flags: readonly string[] = ['--no-demo', '--no-agent'],
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, [join(root, 'dist/bin/server.js'), ...flags], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: '0',
        RUNLEDGER_ADMIN_TOKEN: adminToken,
        RUNLEDGER_SECRET_KEY: secretKey.toString('hex'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    ServerProcess.running.add(child);
    child.once('exit', () => ServerProcess.running.delete(child));
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      let address = '';
      const read = (chunk: Buffer): void => {
        output.push(chunk.toString());
        const text = output.join('');
        address = /listens on (http:\S+)/.exec(text)?.[1] ?? '';
        if (text.includes('Ready.') && address) resolve(address);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${output.join('')}`)));
    });
    return new ServerProcess(child, url, output);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  /** After a test that has failed half-way. */
  static killAll(): void {
    for (const child of ServerProcess.running) child.kill('SIGKILL');
  }

  /** Its resident memory in MiB. Linux only; null elsewhere. */
  get residentMiB(): number | null {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return null;
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it with the signal, and waits for its exit. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.kill(signal);
    return ended;
  }
}

/** A server process with its own database and a team `alpha`. A test can kill it and start it again, and start others beside it. */
export class RestartableServer {
  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
    private readonly settings: NodeJS.ProcessEnv,
    private process: ServerProcess,
  ) {}

  static async start(more: NodeJS.ProcessEnv = {}): Promise<RestartableServer> {
    await build();
    const database = await createTestDatabase();
    const pool = new Pool({ connectionString: database.ownerUrl, max: 2 });
    const settings = { DATABASE_URL: database.url, ...more };
    const server = new RestartableServer(database, pool, settings, await ServerProcess.start(settings));
    await server.call('POST', '/api/v2/team', { name: 'alpha' });
    return server;
  }

  get residentMiB(): number | null {
    return this.process.residentMiB;
  }

  call(...request: Parameters<ServerProcess['call']>): ReturnType<ServerProcess['call']> {
    return this.process.call(...request);
  }

  /** Kills it with SIGKILL. */
  async restart(): Promise<void> {
    await this.process.end('SIGKILL');
    this.process = await ServerProcess.start(this.settings);
  }

  /** One more server of its database. */
  beside(): Promise<ServerProcess> {
    return ServerProcess.start(this.settings);
  }

  /** Ends it as an operator does. Answers its exit code. */
  end(): Promise<number | null> {
    return this.process.end('SIGTERM');
  }

  async stop(): Promise<void> {
    ServerProcess.killAll();
    await this.pool.end();
    await this.database.drop();
  }
}
