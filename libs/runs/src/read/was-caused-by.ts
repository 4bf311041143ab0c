import type { Pool } from 'pg';

/** Whether a change of the run names this as its cause. */
export async function wasCausedBy(pool: Pool, runId: string, causationId: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: 'was_caused_by',
    text: `select exists (select 1 from event where stream_id = $1 and metadata::jsonb ->> 'causationId' = $2) as found`,
    values: [runId, causationId],
  });
  return rows[0]?.found ?? false;
}
