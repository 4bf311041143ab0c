import type { RunStatus } from '#libs/kernel';
import type { PoolClient } from 'pg';
import type { RunParam, WorkflowIdentity } from '../../domain';
import { maskedOf, type Shown, withoutSealed } from '../../read/shown';

/** What the views that follow the ledger read of a run. */
export interface RunOutline {
  readonly id: string;
  readonly teamId: string;
  readonly workflow: WorkflowIdentity;
  readonly status: RunStatus;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly started: number | null;
  /** Milliseconds. */
  readonly duration: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Masked, without sealed values. */
  readonly message: string | null;
  readonly shown: Shown;
}

interface Row {
  id: string;
  team_id: string;
  workflow: WorkflowIdentity;
  status: RunStatus;
  created: string;
  started: string | null;
  duration: string;
  labels: Record<string, string>;
  message: string | null;
  passwords: RunParam[];
}

/** Runs by id; an archived one is absent. */
export async function readOutlines(
  client: PoolClient,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, RunOutline>> {
  const { rows } = await client.query<Row>({
    name: 'run_outlines',
    text: `select id, r.team_id, r.fixed -> 'workflow' as workflow, s.status, (r.fixed ->> 'creationDate')::bigint as created,
                  (s.changing ->> 'startTime')::bigint as started, (s.changing ->> 'duration')::bigint as duration, r.labels,
                  s.changing ->> 'statusMessage' as message,
                  jsonb_path_query_array(r.fixed -> 'params', '$[*] ? (@.type == "password")') as passwords
             from workflow_run r join run_status s using (id) where id = any($1::uuid[])`,
    values: [runIds],
  });
  return new Map(
    rows.map((row) => {
      const shown = maskedOf({ params: row.passwords });
      const { id, workflow, status, labels, message } = row;
      const outline = {
        ...{ id, teamId: row.team_id, workflow, status, labels, shown },
        created: Number(row.created),
        started: row.started === null ? null : Number(row.started),
        duration: Number(row.duration),
        message: message === null ? null : withoutSealed(shown.text(message)),
      };
      return [id, outline];
    }),
  );
}
