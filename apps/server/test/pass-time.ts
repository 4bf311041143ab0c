import { noItem } from '#libs/ledger';
import { until } from '#libs/testing';
import type { Pool } from 'pg';

/** As if the time of the run's timer had come: it is looked at now, and says when it was due. Waits for the timer to be set. */
export async function passTime(pool: Pool, runId: string, kind: string): Promise<void> {
  await until(
    async () => (await pool.query(passing('stream_id = $1 and kind = $2'), [runId, kind])).rowCount,
    (count) => count === 1,
  );
}

/** The same for every timer of the kind, but for those of one stream. Answers how many there were. */
export async function passTimeOfAll(pool: Pool, kind: string, except: string = noItem): Promise<number> {
  const { rowCount } = await pool.query(passing('kind = $1 and stream_id <> $2'), [kind, except]);
  return rowCount ?? 0;
}

const passing = (which: string): string => `update timer set fire_at = now() where ${which}`;
