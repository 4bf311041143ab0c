import { Sweeper } from '#libs/database';
import type { Pool } from 'pg';

/**
 * Remove counters of past days that stand at 0, because the runs have passed that status: most of all rows, and every count reads them. A run
 * that comes back to the status makes the row again.
 */
export function counterSweepers(pool: Pool, onError: (error: unknown) => void): readonly Sweeper[] {
  return ['run_count', 'run_day_count'].map((table) => {
    const what = {
      name: `sweep_${table}`,
      text: `delete from ${table} where ctid = any(array(
               select ctid from ${table} where runs = 0 and day < (now() at time zone 'UTC')::date limit $1 for update skip locked))`,
      batchSize: 5000,
      maxBatches: 20,
      interval: 10 * 60_000,
    };
    return new Sweeper(pool, what, onError);
  });
}
