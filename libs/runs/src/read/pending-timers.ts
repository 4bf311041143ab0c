import type { Pool } from 'pg';

/** The kinds of a run's timers that are set: what the server still has to do for it. */
export async function pendingTimers(pool: Pool, runId: string): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ kind: string }>({
    name: 'pending_timers',
    text: 'select distinct kind from timer where stream_id = $1',
    values: [runId],
  });
  return new Set(rows.map(({ kind }) => kind));
}
