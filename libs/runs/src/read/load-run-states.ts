import { type Place, type Reach, reaches } from '#libs/contracts';
import { readPage } from '#libs/database';
import type { VersionedState } from '#libs/ledger';
import type { Pool } from 'pg';
import type { WorkflowRunState } from '../domain';

interface Row {
  id: string;
  version: number;
  state: Omit<WorkflowRunState, 'tasks'>;
  tasks: WorkflowRunState['tasks'] | null;
}

/** Bytes of params and results of the runs that are loaded at once: a run before which there are more is left out. */
const mostLoaded = 8 * 1024 * 1024;

/** The stored states of runs, tasks included, in one statement and so of one moment. Null where those before it are large. */
export async function loadRunStates(
  pool: Pool,
  runIds: readonly string[],
): Promise<Map<string, VersionedState<WorkflowRunState> | null>> {
  const { rows } = await pool.query<{ id: string } & (Row | { state: null })>({
    name: 'load_run_states',
    text: `select id, version, case when before < $2 then state end as state,
                  case when before < $2 then
                    (select json_agg(t.state order by t.ordinal) from task_run t where t.run_id = sized.id)
                  end as tasks
             from (select id, version, state,
                          coalesce(sum(coalesce((state ->> 'bytes')::bigint, 0))
                                     over (order by id rows between unbounded preceding and 1 preceding), 0) as before
                     from workflow_run where id = any($1::uuid[])) as sized`,
    values: [runIds, mostLoaded],
  });
  return new Map(
    rows.map((row) => [row.id, row.state && { version: row.version, state: { ...row.state, tasks: row.tasks ?? [] } }]),
  );
}

/**
 * For lists, in the order of the ids: without tasks, and without what only decisions need.
 * @throws RefusedError QUERY_INVALID_FILTERS where the page is too large.
 */
export async function loadRunSummaries(pool: Pool, runIds: readonly string[]): Promise<WorkflowRunState[]> {
  const rows = await readPage(runIds, async (ids) => {
    const page = await pool.query<Pick<Row, 'id' | 'state'> & { bytes: number }>({
      name: 'load_run_summaries',
      text: `select id, shown as state, octet_length(shown::text) as bytes
               from workflow_run, lateral (select state - '{requestedParams,received,layers}'::text[] as shown) as summary
              where id = any($1::uuid[])`,
      values: [ids],
    });
    return page.rows;
  });
  return rows.map(({ state }) => ({
    ...state,
    requestedParams: [],
    received: [],
    layers: { global: [], team: [] },
    tasks: [],
  }));
}

export interface TaskOfRun {
  readonly runId: string;
  readonly place: Place;
  readonly task: WorkflowRunState['tasks'][number];
}

/** One task by itself, and whose it is; null where there is none within the reach. */
export async function findTask(pool: Pool, reach: Reach, taskRunId: string): Promise<TaskOfRun | null> {
  const { rows } = await pool.query<{ id: string; team_id: string; workflow_id: string; state: TaskOfRun['task'] }>({
    name: 'find_task',
    text: `select r.id, r.team_id, r.workflow_id, t.state
             from task_run t join workflow_run r on r.id = t.run_id where t.id = $1`,
    values: [taskRunId],
  });
  const row = rows[0];
  if (!row) return null;
  const place = { teamId: row.team_id, workflowId: row.workflow_id };
  return reaches(reach, place) ? { runId: row.id, place, task: row.state } : null;
}
