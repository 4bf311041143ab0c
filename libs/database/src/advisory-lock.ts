import type { Pool, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { markConnectionLoss } from './connection-loss';
import { withClient } from './with-client';

/** Runs `work` while it holds this database's advisory lock with this number; other callers wait for it. */
export async function withAdvisoryLock<Result>(
  dataSource: DataSource,
  key: number,
  work: (runner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('select pg_advisory_lock($1)', [key]);
    try {
      return await work(runner);
    } finally {
      // The unlock fails only if the connection is lost, and then the lock is gone too. The error of `work` says more.
      await runner.query('select pg_advisory_unlock($1)', [key]).catch(() => undefined);
    }
  } catch (error) {
    // TypeORM releases a lost connection itself, and then complains that it was released.
    throw runner.isReleased ? markConnectionLoss(error) : error;
  } finally {
    await runner.release();
  }
}

/** Runs `work` while it holds this database's advisory lock with this number. Answers null, and does nothing, while another one holds it. */
export function ifLockIsFree<Result>(
  pool: Pool,
  key: number,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result | null> {
  return withClient(pool, async (client) => {
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [key]);
    if (!rows[0]?.free) return null;
    try {
      return await work(client);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [key]).catch(() => undefined);
    }
  });
}

/** The purpose of each lock. Nobody else uses these numbers within a database. */
export const advisoryLocks = {
  migrate: 7_263_001,
  partitions: 7_263_002,
  adminToken: 7_263_003,
  secretKey: 7_263_004,
  timers: 7_263_005,
  archive: 7_263_006,
  labels: 7_263_007,
} as const;
