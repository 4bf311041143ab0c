import type { Pool } from 'pg';

/** Runs that are in the database, by status and phase, from the daily counters. */
export async function readRunFigures(
  pool: Pool,
): Promise<readonly { readonly status: string; readonly phase: string; readonly runs: number }[]> {
  const { rows } = await pool.query<{ status: string; phase: string; runs: number }>({
    name: 'run_figures',
    text: 'select status, phase, sum(runs)::float8 as runs from run_day_count group by status, phase order by status, phase',
  });
  return rows;
}
