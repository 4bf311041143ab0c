import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { root } from './document';
import { adminToken, secretKey } from './harness';
import { build } from './server-process';

/** One of our programs as a process: its output, and how it ends. */
class Program {
  static readonly running = new Set<ChildProcess>();
  private readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  out = '';
  err = '';

  constructor(name: 'server' | 'agent', args: readonly string[], environment: NodeJS.ProcessEnv) {
    const { DATABASE_URL: _own, RUNLEDGER_TOKEN: _token, ...inherited } = process.env;
    this.child = spawn(process.execPath, [join(root, `dist/bin/${name}.js`), ...args], {
      env: { ...inherited, HOST: '127.0.0.1', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    Program.running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        Program.running.delete(this.child);
        resolve(code ?? signal);
      });
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
  }

  /** Resolves when it has printed the text. */
  async says(text: string): Promise<void> {
    await Promise.race([
      this.ended.then((code) => {
        throw new Error(`It ended with ${code} before it said "${text}": ${this.out}${this.err}`);
      }),
      new Promise<void>((resolve) => {
        const look = (): void => (this.out.includes(text) ? resolve() : undefined);
        this.child.stdout?.on('data', look);
        look();
      }),
    ]);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The effect of `| head`. */
  closePipe(name: 'stdout' | 'stderr'): void {
    this.child[name]?.destroy();
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The PostgreSQL of a data folder, while it runs. */
function postmaster(folder: string): number {
  const pointer = join(folder, 'postgres-location');
  const cluster = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(folder, 'postgres');
  return Number(readFileSync(join(cluster, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
}

describe('the programs', () => {
  let folder: string;
  let database: TestDatabase;
  const given = () => ({
    DATABASE_URL: database.url,
    RUNLEDGER_DATA_DIR: join(folder, 'unused'),
    RUNLEDGER_ADMIN_TOKEN: adminToken,
    RUNLEDGER_SECRET_KEY: secretKey.toString('hex'),
  });

  beforeAll(async () => {
    await build();
    folder = mkdtempSync(join(tmpdir(), 'runledger-front-'));
    database = await createTestDatabase();
  });
  afterAll(async () => {
    for (const child of Program.running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

  it.each(['server', 'agent'] as const)('tell what they are and take: %s', async (name) => {
    const help = new Program(name, ['--help'], { PORT: 'wrong' });
    expect([await help.ended, help.err]).toEqual([0, '']);
    expect(help.out).toContain(` ${version}: `);
    const variables = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `(\w+)` \| (server|agent|both)/gm);
    for (const [, variable, whose] of variables) {
      if (whose === name || whose === 'both') expect(help.out).toContain(variable);
    }
    const told = new Program(name, ['--version'], {});
    expect([await told.ended, told.out, told.err]).toEqual([0, `${version}\n`, '']);
    const unknown = new Program(name, ['--fast'], given());
    expect([await unknown.ended, unknown.err]).toEqual([name === 'server' ? 1 : 2, expect.stringContaining('--fast')]);
  });

  describe('end with one sentence and no stack trace', () => {
    let taken: Server;
    beforeAll(async () => {
      taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise((resolve) => taken.close(resolve)));

    const portOf = (server: Server) => String((server.address() as { port: number }).port);
    const file = () => {
      const path = join(folder, 'a-file');
      writeFileSync(path, '');
      return path;
    };
    const keyless = () => {
      const path = mkdtempSync(join(folder, 'keyless-'));
      writeFileSync(join(path, 'secret-key'), 'no key\n');
      return path;
    };
    const unwritable = () => {
      // Root may write everywhere except in the kernel's own files.
      if (process.getuid?.() === 0) return '/sys/runledger';
      const path = mkdtempSync(join(folder, 'unwritable-'));
      chmodSync(path, 0o500);
      return join(path, 'data');
    };

    it.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
      [
        'a data folder that is a file',
        () => ({ RUNLEDGER_DATA_DIR: file() }),
        /^The data folder \S+ cannot be used: it is a file, not a folder/,
      ],
      [
        'one below a file',
        () => ({ RUNLEDGER_DATA_DIR: join(file(), 'x') }),
        /cannot be used: a part of the path is a file/,
      ],
      [
        'one that cannot be written',
        () => ({ RUNLEDGER_DATA_DIR: unwritable() }),
        /^The data folder \S+ cannot be used: .* Set RUNLEDGER_DATA_DIR/,
      ],
      ['a port in use', () => ({ ...given(), PORT: portOf(taken) }), /^Port \d+ of 127\.0\.0\.1 is in use: set PORT/],
      [
        'an address of another machine',
        () => ({ ...given(), HOST: '192.0.2.1' }),
        /^192\.0\.2\.1 is not an address of this machine/,
      ],
      [
        'no database',
        () => ({ ...given(), DATABASE_URL: `postgres://x@127.0.0.1:1/x`, RUNLEDGER_DATABASE_WAIT: '0' }),
        /^The database 127\.0\.0\.1:1\/x .* could not be used/,
      ],
      [
        'a file that contains no key',
        () => ({ ...given(), RUNLEDGER_SECRET_KEY: '', RUNLEDGER_DATA_DIR: keyless() }),
        /RUNLEDGER_SECRET_KEY is not set, and \S+ contains no key/,
      ],
    ])('%s', async (_name, environment, sentence) => {
      const program = new Program('server', ['--no-agent', '--no-demo'], environment());
      expect(await program.ended).toBe(1);
      expect(program.err).toMatch(sentence);
      expect(program.err).not.toMatch(/^\s+at /m);
      expect(program.err.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    });

    it('another key than the database’s', async () => {
      const first = new Program('server', ['--no-agent', '--no-demo'], given());
      await first.says('Ready.');
      first.kill('SIGTERM');
      await first.ended;
      const other = { ...given(), RUNLEDGER_SECRET_KEY: 'ab'.repeat(32) };
      const program = new Program('server', ['--no-agent', '--no-demo'], other);
      expect(await program.ended).toBe(1);
      expect(program.err).toMatch(/RUNLEDGER_SECRET_KEY is not the key that sealed this database's secrets/);
      expect(program.err).not.toMatch(/^\s+at /m);
    });
  });

  describe('leave no PostgreSQL behind', () => {
    it.each<[string, (program: Program) => void]>([
      ['SIGHUP', (program) => program.kill('SIGHUP')],
      [
        'SIGHUP twice at once, as below npm in a terminal that closes',
        (program) => {
          program.kill('SIGHUP');
          program.kill('SIGHUP');
        },
      ],
      ['standard error closed, with something to log', (program) => program.closePipe('stderr')],
    ])('%s', async (_name, end) => {
      const data = mkdtempSync(join(folder, 'data-'));
      const program = new Program('server', ['--no-demo', '--no-agent'], {
        RUNLEDGER_DATA_DIR: data,
        RUNLEDGER_LOG_LEVEL: 'debug',
      });
      await program.says('Ready.');
      const pid = postmaster(data);
      expect(isAlive(pid)).toBe(true);
      end(program);
      const url = /listens on (\S+)/.exec(program.out)?.[1] ?? '';
      await fetch(`${url}/health/live`).catch(() => undefined);
      expect(await program.ended).toBe(0);
      expect(isAlive(pid)).toBe(false);
    });

    it('standard output closed while it starts, as by head -1; and SIGTERM while it starts', async () => {
      const data = mkdtempSync(join(folder, 'data-'));
      const piped = new Program('server', ['--no-demo', '--no-agent'], { RUNLEDGER_DATA_DIR: data });
      await piped.says('Starting PostgreSQL');
      piped.closePipe('stdout');
      expect(await piped.ended).toBe(0);
      expect(existsSync(join(data, 'owner.pid'))).toBe(false);

      const told = new Program('server', ['--no-demo', '--no-agent'], { RUNLEDGER_DATA_DIR: data });
      await told.says('Starting PostgreSQL');
      told.kill('SIGTERM');
      expect(await told.ended).toBe(0);
      expect(existsSync(join(data, 'owner.pid'))).toBe(false);
    });
  });
});
