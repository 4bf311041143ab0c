import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedPostgres } from '#libs/database';
import { Pool } from 'pg';
import { Client } from './client';
import type { Measured } from './meter';
import { type RunningServer, type ServerSettings, startServer, stopServer } from './server';
import { clusterMicros } from './usage';

/**
 * What every benchmark begins with: a durable PostgreSQL of its own, and what it starts on it. All of it is thrown away at the end, unless
 * the benchmark keeps its databases for the next time.
 */
export class Bench {
  private readonly ends: (() => Promise<void> | void)[] = [];
  private closing: Promise<void> | null = null;

  private constructor(
    readonly url: string,
    readonly folder: string,
    readonly postgresPid: number,
  ) {}

  /** @param kept the folder that keeps the databases; without it they are thrown away. */
  static async open(kept?: string): Promise<Bench> {
    const folder = kept === undefined ? mkdtempSync(join(tmpdir(), 'runledger-bench-')) : resolve(kept);
    mkdirSync(folder, { recursive: true });
    const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true });
    const bench = new Bench(postgres.url, folder, postgres.pid);
    bench.atEnd(async () => {
      await postgres.stop();
      if (kept === undefined) rmSync(folder, { recursive: true, force: true });
    });
    return bench;
  }

  /** What was begun last is ended first. */
  atEnd(end: () => Promise<void> | void): void {
    this.ends.unshift(end);
  }

  /** A server to measure. Its log goes to a file. */
  async startServer(settings: ServerSettings = {}): Promise<RunningServer> {
    return this.running(await startServer(this.url, { logFile: this.logFile, ...settings }));
  }

  get logFile(): string {
    return join(this.folder, 'server.log');
  }

  running(server: RunningServer): RunningServer {
    this.atEnd(() => stopServer(server.child));
    return server;
  }

  client(url: string, connections: number): Client {
    const client = new Client(url, connections);
    this.atEnd(() => client.close());
    return client;
  }

  /** Connections to the database, for what is looked up between measurements. */
  pool(connections = 1): Pool {
    const pool = new Pool({ connectionString: this.url, max: connections });
    this.atEnd(() => pool.end());
    return pool;
  }

  /** Resolves when no server works on what was committed before: the log and the trail's index have caught up, for a minute at most. */
  async settled(): Promise<void> {
    for (let tries = 0; tries < 300 && (await this.behind()); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  private async behind(): Promise<boolean> {
    const names = await this.ask<{ name: string }>(
      this.url,
      'select datname as name from pg_database where not datistemplate',
    );
    for (const { name } of names) {
      const url = this.databaseUrl(name);
      const [found] = await this.ask<{ has: boolean }>(url, `select to_regclass('subscription') is not null as has`);
      if (!found?.has) continue;
      const [lag] = await this.ask<{ events: string | null }>(
        url,
        'select max(h.position - s.position) as events from subscription s, ledger_head h',
      );
      if (Number(lag?.events ?? 0) > 0) return true;
    }
    return false;
  }

  private async ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
    const pool = new Pool({ connectionString: url, max: 1 });
    return (await pool.query<Row>(sql).finally(() => pool.end())).rows;
  }

  /** Another, empty database of the same PostgreSQL: what happens in one of them wakes nobody in the other. */
  async createDatabase(name: string): Promise<string> {
    await this.ask(this.url, `create database ${name}`);
    return this.databaseUrl(name);
  }

  async hasDatabase(name: string): Promise<boolean> {
    return (await this.ask(this.url, `select from pg_database where datname = '${name}'`)).length > 0;
  }

  /** A database that is made under another name and gets its own when it is whole. Nobody may be connected to it. */
  async renameDatabase(from: string, to: string): Promise<void> {
    await this.ask(this.url, `alter database ${from} rename to ${to}`);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.ask(this.url, `drop database if exists ${name} with (force)`);
  }

  databaseUrl(name: string): string {
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Microseconds of CPU that PostgreSQL has used so far. */
  postgresMicros(): number {
    return clusterMicros(this.postgresPid);
  }

  measured(server?: RunningServer): Measured {
    return { postgres: this.postgresPid, ...(server && { server: server.pid }) };
  }

  /** Whoever closes it again waits for the first. */
  close(): Promise<void> {
    this.closing ??= this.endAll();
    return this.closing;
  }

  private async endAll(): Promise<void> {
    for (let end = this.ends.shift(); end; end = this.ends.shift()) await end();
  }
}

/**
 * Opens a bench, does the work on it, and closes it, also after a fault or a signal.
 * @param kept the folder that keeps its databases, if any does.
 */
export function runBench(work: (bench: Bench) => Promise<void>, kept?: string): void {
  const run = async (): Promise<void> => {
    const bench = await Bench.open(kept);
    const stop = (): void => void bench.close().finally(() => process.exit(1));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    // Nobody reads the figures any more.
    process.stdout.once('error', stop);
    try {
      await work(bench);
    } finally {
      await bench.close();
    }
  };
  run().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
