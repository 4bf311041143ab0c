import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import type { Bench } from './bench';
import { measure, type Sample } from './meter';
import { floorSeconds } from './settings';

/**
 * The floor that figures are compared with: one-row inserts, each in a transaction of its own, into a table of the same PostgreSQL. By
 * pgbench where there is one, else from this process.
 */
export class Floor {
  readonly by = spawnSync('pgbench', ['--version']).status === 0 ? 'pgbench' : 'node-postgres';

  constructor(private readonly bench: Bench) {}

  async inserts(clients: number): Promise<Sample> {
    const pool = new Pool({ connectionString: this.bench.url, max: clients });
    try {
      await pool.query(
        'create table if not exists bench_row (id bigint generated always as identity primary key, payload text)',
      );
      return await measure(this.bench.measured(), () =>
        this.by === 'pgbench' ? this.byPgbench(clients) : insertFromHere(pool, clients),
      );
    } finally {
      await pool.end();
    }
  }

  private async byPgbench(clients: number): Promise<number> {
    const script = join(this.bench.folder, 'insert.sql');
    writeFileSync(script, `insert into bench_row (payload) values ('${payload}');\n`);
    const counts = ['-c', String(clients), '-j', '2', '-T', String(floorSeconds)];
    const { stdout } = await promisify(execFile)('pgbench', [
      ...['-n', '-M', 'prepared', '-f', script],
      ...counts,
      this.bench.url,
    ]);
    return Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1]);
  }
}

const payload = 'x'.repeat(200);

async function insertFromHere(pool: Pool, clients: number): Promise<number> {
  const deadline = Date.now() + floorSeconds * 1000;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (; Date.now() < deadline; done++) {
      await pool.query({ name: 'insert', text: 'insert into bench_row (payload) values ($1)', values: [payload] });
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return done;
}
