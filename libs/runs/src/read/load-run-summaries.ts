import { readPage } from '#libs/database';
import type { Pool } from 'pg';
import type { ChangingPart, FixedPart, RunSummary } from './run-summary';

interface Row {
  id: string;
  fixed: FixedPart;
  changing: ChangingPart;
  bytes: number;
}

/**
 * Runs as lists show them, in the order of the ids.
 * @throws RefusedError QUERY_INVALID_FILTERS if the page is too large.
 */
export async function loadRunSummaries(pool: Pool, runIds: readonly string[]): Promise<RunSummary[]> {
  const rows = await readPage(runIds, async (ids) => {
    const page = await pool.query<Row>({
      name: 'load_run_summaries',
      text: `select id, fixed, changing, octet_length(fixed::text) + octet_length(changing::text) as bytes
               from workflow_run join run_status using (id) where id = any($1::uuid[])`,
      values: [ids],
    });
    return page.rows;
  });
  return rows.map(({ fixed, changing }) => ({ ...fixed, ...changing }));
}
