import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { prepareBinaries } from './binaries';
import { clusterFolder } from './cluster-folder';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import { type Owner, postgresOwner } from './owner';

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster, its password and its log; created if missing. */
  readonly dataDir: string;
  /** False only in tests: does not wait for the disk. */
  readonly durable: boolean;
  readonly log?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection string of the database `runledger`, for its owner. */
  readonly url: string;
  /** The same for servers, which own nothing: `migrate` makes this role. */
  readonly serviceUrl: string;
  readonly pid: number;
  /** Another running server has started it. */
  readonly isShared: boolean;
  /** Stops it, unless another running server uses it too. */
  stop(): Promise<void>;
}

const user = 'runledger';
const service = 'runledger_service';

/**
 * Starts our own PostgreSQL on a free port of the loopback address. If a killed server (kill -9) left one running,
 * takes it over; if another running server has started one, shares it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const owner = postgresOwner();
  const bin = prepareBinaries(owner);
  const folder = clusterFolder(options.dataDir, owner);
  const password = passwordOf(options.dataDir);
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(bin, folder, password, owner, options);
  const claim = join(options.dataDir, 'owner.pid');
  const running = runningPostmaster(data);
  if (running) {
    const others = livingOwner(claim);
    options.log?.(`A PostgreSQL already runs on ${options.dataDir}; using it`);
    if (!others) writeFileSync(claim, String(process.pid));
    const url = urlOf(running.port, password);
    await ready(url, () => isAlive(running.pid));
    return {
      url,
      serviceUrl: serviceUrlOf(url, password),
      pid: running.pid,
      isShared: others,
      stop: others ? () => Promise.resolve() : () => stopPid(running.pid, claim),
    };
  }
  writeFileSync(claim, String(process.pid));
  const { child, port } = await launch(bin, data, password, owner, options);
  const pid = child.pid ?? 0;
  const url = urlOf(port, password);
  return {
    url,
    serviceUrl: serviceUrlOf(url, password),
    pid,
    isShared: false,
    stop: () => stopPid(pid, claim),
  };
}

function passwordOf(dataDir: string): string {
  const file = join(dataDir, 'postgres-password');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex') + '\n', { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Creates it in a temporary folder and renames that, so that an interrupted start leaves nothing half done. */
function initialise(
  bin: string,
  folder: string,
  password: string,
  owner: Owner | null,
  options: EmbeddedPostgresOptions,
): void {
  const next = join(folder, 'data.new');
  const passwordFile = join(folder, 'initdb-password');
  rmSync(next, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner) chownSync(passwordFile, owner.uid, owner.gid);
  try {
    const wanted = [
      '-D',
      next,
      '-U',
      user,
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
    ];
    const { status, stderr } = spawnSync(join(bin, 'initdb'), options.durable ? wanted : [...wanted, '-N'], {
      ...owner,
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0) {
      const reason = /error: (.*)/.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`;
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL could not create its database in ${folder} (${reason}): set RUNLEDGER_DATA_DIR to another folder, or DATABASE_URL.`,
      );
    }
    renameSync(next, join(folder, 'data'));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function launch(
  bin: string,
  data: string,
  password: string,
  owner: Owner | null,
  options: EmbeddedPostgresOptions,
) {
  const logFile = join(options.dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = openSync(logFile, 'a', 0o600);
    // Detached: a Ctrl-C at the terminal must reach only the server, which drains before it stops the database.
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings(options.durable)], {
      ...owner,
      cwd: '/',
      // Passes none of our environment: settings hold secrets, and the same user can read the environment of a process.
      env: { PATH: process.env['PATH'], LANG: process.env['LANG'], TZ: process.env['TZ'] },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    try {
      await ready(urlOf(port, password), () => child.exitCode === null && child.signalCode === null);
      return { child, port };
    } catch (error) {
      await ended(child);
      if (attempt >= 3)
        throw new EmbeddedPostgresError(
          `The embedded PostgreSQL did not start (${(error as Error).message}): its log is ${logFile}.`,
          { cause: error },
        );
    }
  }
}

function settings(durable: boolean): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    wal_compression: 'on',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function urlOf(port: number, password: string, database = 'runledger'): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/** The password of the service comes from that of the owner, and does not show it. */
function serviceUrlOf(url: string, password: string): string {
  const target = new URL(url);
  target.username = service;
  target.password = createHmac('sha256', password).update(service).digest('hex');
  return target.toString();
}

/** Waits until PostgreSQL accepts connections, and creates our database if it is missing. */
async function ready(url: string, isRunning: () => boolean): Promise<void> {
  const admin = url.replace(/\/runledger$/, '/postgres');
  for (const deadline = Date.now() + 60_000; ;) {
    const client = new Client({ connectionString: admin });
    try {
      await client.connect();
      const { rowCount } = await client.query(`select 1 from pg_database where datname = 'runledger'`);
      if (rowCount === 0) await client.query('create database runledger');
      return;
    } catch (error) {
      if (!isRunning() || Date.now() > deadline) throw error;
      await sleep(25);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function runningPostmaster(data: string): { pid: number; port: number } | null {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    if (!(pid > 0) || !isAlive(pid) || !isPostgres(pid)) return null;
    return { pid, port };
  } catch {
    return null;
  }
}

function livingOwner(claim: string): boolean {
  try {
    const pid = Number(readFileSync(claim, 'utf8'));
    return pid > 0 && pid !== process.pid && isAlive(pid);
  } catch {
    return false;
  }
}

/** Another program may have got this pid since. Without /proc, we trust the pid. */
function isPostgres(pid: number): boolean {
  if (!existsSync('/proc/self/cmdline')) return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes everything to disk. */
async function stopPid(pid: number, claim: string): Promise<void> {
  signal(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid) && !isZombie(pid); waited += 20) {
    if (waited === 20_000) signal(pid, 'SIGQUIT');
    if (waited > 30_000) break;
    await sleep(20);
  }
  rmSync(claim, { force: true });
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGQUIT');
  await new Promise((resolve) => child.once('exit', resolve));
}
