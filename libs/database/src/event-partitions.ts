import type { DataSource } from 'typeorm';
import { advisoryLocks, withAdvisoryLock } from './advisory-lock';

/** Tables with monthly partitions by their UUIDv7 key, each with a default partition for everything else. */
const partitioned = ['event', 'task_log'] as const;

interface Month {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Creates missing monthly partitions, from the month before `now` (milliseconds since the epoch) to three months ahead.
 * Skips a month if the default partition already has rows of it.
 */
export async function ensurePartitions(dataSource: DataSource, now: number): Promise<void> {
  await withAdvisoryLock(dataSource, advisoryLocks.partitions, async (runner) => {
    for (const table of partitioned) {
      for (const { name, from, to } of monthsAround(now)) {
        await runner.query('select make_month_partition($1, $2, $3, $4)', [table, name, from, to]);
      }
    }
  });
}

function monthsAround(now: number): Month[] {
  const date = new Date(now);
  return [-1, 0, 1, 2, 3].map((ahead) => {
    const from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1);
    const to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead + 1, 1);
    const iso = new Date(from).toISOString();
    return { name: `y${iso.slice(0, 4)}m${iso.slice(5, 7)}`, from: smallestId(from), to: smallestId(to) };
  });
}

/** The smallest UUID with this time in its first 48 bits. */
function smallestId(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
