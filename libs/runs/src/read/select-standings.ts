import type { ReachInTeam } from '#libs/contracts';
import type { RunPhase, RunStatus } from '#libs/kernel';
import type { Pool } from 'pg';
import { asksForStatus, runConditions, type RunFilters, statusConditions } from './run-filters';

export interface RunStanding {
  readonly id: string;
  readonly status: RunStatus;
  readonly phase: RunPhase;
}

interface Row {
  position: string;
  id: string | null;
  status: RunStatus | null;
  phase: RunPhase | null;
}

/** Where the runs that fit stand, `most` of them at most, in the order of their creation; and the position of the ledger at which this was so. */
export async function selectStandings(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  most: number,
): Promise<{ readonly position: number; readonly standings: readonly RunStanding[] }> {
  const isOfStatus = asksForStatus(filters);
  const conditions = isOfStatus ? statusConditions(reach, filters) : runConditions(reach, filters);
  const limit = conditions.value(most);
  // One statement, and so one moment.
  const { rows } = await pool.query<Row>(
    `select h.position, s.id, s.status, s.phase
       from ledger_head h
            left join ((select id from ${isOfStatus ? 'run_status' : 'workflow_run'} where ${conditions.sql}
                         order by creation_date, id limit ${limit}) as f join run_status s using (id)) on true
      where h.shard = 1 order by s.creation_date, s.id`,
    conditions.values,
  );
  const standings = rows.flatMap(({ id, status, phase }) => (id && status && phase ? [{ id, status, phase }] : []));
  return { position: Number(rows[0]?.position ?? 0), standings };
}
