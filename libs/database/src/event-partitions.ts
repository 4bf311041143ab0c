import type { DataSource } from 'typeorm';
import { advisoryLocks, withAdvisoryLock } from './advisory-lock';

/** Tables with monthly partitions by their UUIDv7 key, each with a default partition for everything else. */
const partitioned = ['event', 'task_log'] as const;

/**
 * Creates missing monthly partitions, from the month before `now` (milliseconds since the epoch) to three months ahead.
 * Skips a month if the default partition already has rows of it.
 */
export async function ensurePartitions(dataSource: DataSource, now: number): Promise<void> {
  await withAdvisoryLock(dataSource, advisoryLocks.partitions, async (runner) => {
    for (const table of partitioned) {
      for (const month of monthsAround(now)) await runner.query('select make_month_partition($1, $2)', [table, month]);
    }
  });
}

/** `y2026m11` and its neighbours. */
function monthsAround(now: number): string[] {
  const date = new Date(now);
  return [-1, 0, 1, 2, 3].map((ahead) => {
    const iso = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1)).toISOString();
    return `y${iso.slice(0, 4)}m${iso.slice(5, 7)}`;
  });
}
