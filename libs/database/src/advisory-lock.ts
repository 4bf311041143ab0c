import type { DataSource, QueryRunner } from 'typeorm';
import { markConnectionLoss } from './connection-loss';

/** Runs `work` while this database's advisory lock of that number is held; others wait for it. */
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
      // It fails only where the connection is lost, and the lock has gone with that; what `work` has thrown says more.
      await runner.query('select pg_advisory_unlock($1)', [key]).catch(() => undefined);
    }
  } catch (error) {
    // TypeORM lets go of a connection that is lost, and then answers that it was let go.
    throw runner.isReleased ? markConnectionLoss(error) : error;
  } finally {
    await runner.release();
  }
}

/** Which lock is for what. The numbers are ours alone within a database. */
export const advisoryLocks = {
  migrate: 7_263_001,
  partitions: 7_263_002,
  adminToken: 7_263_003,
  secretKey: 7_263_004,
  timers: 7_263_005,
} as const;
