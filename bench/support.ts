import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#libs/database';
import { Pool } from 'pg';

/** What every benchmark begins with: a durable PostgreSQL of its own, thrown away at the end. */
export interface Bench {
  readonly url: string;
  readonly folder: string;
  close(): Promise<void>;
}

export const adminToken = 'bfg_00000000-0000-4000-8000-000000000000';

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true });
  return {
    url: postgres.url,
    folder,
    async close() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server, as it is run for real, on a loopback port. */
export async function startServer(databaseUrl: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(__dirname, '../apps/server/src/main.js'), '--no-demo', '--no-agent'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      RUNLEDGER_ADMIN_TOKEN: adminToken,
      RUNLEDGER_SECRET_KEY: '00'.repeat(32),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listens on (http:\S+)/.exec(text);
      if (found?.[1] && text.includes('Ready.')) resolve(found[1]);
    });
    child.once('exit', () => reject(new Error(`The server ended: ${text}`)));
  });
  return { url, child };
}

export async function stopServer(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** A client of a fixed number of connections that are kept open. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    readonly connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.url + path,
        {
          method,
          agent: this.agent,
          headers: {
            authorization: `Bearer ${adminToken}`,
            ...headers,
            ...(payload !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            response.statusCode === 200 || response.statusCode === 204
              ? resolve(text)
              : reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)),
          );
        },
      );
      outgoing.once('error', reject);
      outgoing.end(payload);
    });
  }

  /** All items, as many at once as there are connections. Seconds that it took. */
  async each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<number> {
    return inFlight(items, this.connections, work);
  }

  close(): void {
    this.agent.destroy();
  }
}

export async function inFlight<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<unknown>,
): Promise<number> {
  const begin = process.hrtime.bigint();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

/**
 * One-row inserts per second, one transaction each: by pgbench where there is one, else from this process.
 */
export async function insertsPerSecond(
  { url, folder }: Bench,
  clients: number,
  seconds: number,
): Promise<{ rate: number; by: string }> {
  const pool = new Pool({ connectionString: url, max: clients });
  try {
    await pool.query(
      'create table if not exists bench_row (id bigint generated always as identity primary key, payload text)',
    );
    const payload = 'x'.repeat(200);
    if (spawnSync('pgbench', ['--version']).status === 0) {
      const script = join(folder, 'insert.sql');
      writeFileSync(script, `insert into bench_row (payload) values ('${payload}');\n`);
      const output = execFileSync(
        'pgbench',
        ['-n', '-c', String(clients), '-j', '2', '-T', String(seconds), '-M', 'prepared', '-f', script, url],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      return { rate: Number(/tps = ([\d.]+)/.exec(output)?.[1]), by: 'pgbench' };
    }
    const deadline = Date.now() + seconds * 1000;
    let done = 0;
    const worker = async (): Promise<void> => {
      for (; Date.now() < deadline; done++) {
        await pool.query({ name: 'insert', text: 'insert into bench_row (payload) values ($1)', values: [payload] });
      }
    };
    await Promise.all(Array.from({ length: clients }, worker));
    return { rate: done / seconds, by: 'node-postgres' };
  } finally {
    await pool.end();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function printMachine(): void {
  const [cpu] = cpus();
  console.log(
    `\n${cpus().length} × ${cpu?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; fsync and synchronous_commit on`,
  );
}
