import type { ReachInTeam } from '#libs/contracts';
import type { RunPhase, RunStatus } from '#libs/kernel';
import { isLabelNarrower } from './label-places';
import { labelRowsWithStatus } from './label-rows';
import { asksForStatus, runConditions, type RunFilters, statusConditions } from './run-filters';
import type { RunSelection } from './run-selection';

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
  selection: RunSelection,
  most: number,
): Promise<{ readonly position: number; readonly standings: readonly RunStanding[] }> {
  const { pool, reach, filters } = selection;
  const { fromDate: from = -Infinity, toDate: to = Infinity, statuses = null } = filters;
  const { sql, values } = (await isLabelNarrower(selection, { ranges: [{ from, to }], statuses }))
    ? standingsByLabel(selection, most)
    : standingsByFilters(reach, filters, most);
  // One statement, and so one moment.
  const { rows } = await pool.query<Row>(
    `select h.position, f.id, f.status, f.phase from ledger_head h left join (${sql}) as f on true
      where h.shard = 1 order by f.creation_date, f.id`,
    values,
  );
  const standings = rows.flatMap(({ id, status, phase }) => (id && status && phase ? [{ id, status, phase }] : []));
  return { position: Number(rows[0]?.position ?? 0), standings };
}

interface Statement {
  readonly sql: string;
  readonly values: unknown[];
}

function standingsByLabel(selection: RunSelection, most: number): Statement {
  const { from, conditions } = labelRowsWithStatus(selection);
  const sql = `select l.run_id as id, s.status, s.phase, l.creation_date from ${from} where ${conditions.sql}
                order by l.creation_date, l.run_id limit ${conditions.value(most)}`;
  return { sql, values: conditions.values };
}

function standingsByFilters(reach: ReachInTeam, filters: RunFilters, most: number): Statement {
  const isOfStatus = asksForStatus(filters);
  const conditions = isOfStatus ? statusConditions(reach, filters) : runConditions(reach, filters);
  const found = `select id from ${isOfStatus ? 'run_status' : 'workflow_run'} where ${conditions.sql}
                  order by creation_date, id limit ${conditions.value(most)}`;
  const sql = `select id, status, phase, creation_date from (${found}) as found join run_status using (id)`;
  return { sql, values: conditions.values };
}
