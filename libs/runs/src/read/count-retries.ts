import type { Pool } from 'pg';
import { retryLabels, type WorkflowRunState } from '../domain';

/** How often the first run of these retries has been retried, by anybody; retries are never deleted. */
export async function countRetries(pool: Pool, { teamId, id, retry }: WorkflowRunState): Promise<number> {
  const { rows } = await pool.query<{ retries: number }>({
    name: 'count_retries',
    text: 'select count(*)::int as retries from workflow_run where team_id = $1 and labels @> $2::jsonb',
    values: [teamId, JSON.stringify(retryLabels(retry?.of ?? id))],
  });
  return rows[0]?.retries ?? 0;
}
