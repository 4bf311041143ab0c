import { type PositionRange, readStoredOf, type StoredLink } from '#libs/ledger';
import type { Pool } from 'pg';
import { standingAfter, standingEventTypes, type Standing } from '../domain';

/** The next events of runs of these teams in a part of the ledger, in its order; null: of every team. None: there are no more. */
export function readEventsOfTeams(
  pool: Pool,
  teamIds: readonly string[] | null,
  range: PositionRange,
  limit: number,
): Promise<StoredLink[]> {
  return readStoredOf(
    pool,
    range,
    limit,
    teamIds === null
      ? {
          name: 'every_team',
          condition: 'exists (select 1 from workflow_run w where w.id = e.stream_id)',
          values: [],
        }
      : {
          name: 'teams',
          condition: 'exists (select 1 from workflow_run w where w.id = e.stream_id and w.team_id = any($5::uuid[]))',
          values: [teamIds],
        },
  );
}

/** Whether events of runs of these teams have left a part of the ledger for archives. */
export async function hasArchivedIn(
  pool: Pool,
  teamIds: readonly string[] | null,
  { after, upTo }: PositionRange,
): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: teamIds === null ? 'has_archived_of_every_team' : 'has_archived_of_teams',
    text: `select exists (select 1 from ledger_archive where positions && int8multirange(int8range($1, $2, '(]'))
                             ${teamIds === null ? '' : 'and team_id = any($3::uuid[])'}) as found`,
    values: [after, upTo, ...(teamIds === null ? [] : [teamIds])],
  });
  return rows[0]?.found ?? false;
}

/** Where a run stood before a version of its stream; null: it had not begun. */
export async function readStandingBefore(pool: Pool, runId: string, version: number): Promise<Standing | null> {
  const { rows } = await pool.query<{ type: string; data: string }>({
    name: 'read_standing_before',
    text: `select type, case when type in ('WorkflowRunClaimed', 'WorkflowRunCompleted') then data else '{}' end as data
             from event where stream_id = $1 and stream_version < $2 and type = any($3) order by stream_version`,
    values: [runId, version, standingEventTypes],
  });
  return rows.reduce<Standing | null>(
    (standing, { type, data }) => standingAfter(standing, { type, data: JSON.parse(data) as unknown }),
    null,
  );
}
