import type { PoolClient } from 'pg';

/** What an event says to the views that follow the ledger. */
export interface Landmark {
  readonly position: number;
  readonly runId: string;
  /** Null: nothing. `labelled`: a start has added labels. */
  readonly kind: 'submitted' | 'labelled' | 'ended' | null;
  /** When the run ended, milliseconds since the epoch; else null. */
  readonly at: number | null;
  /** Those of a submit; else null. */
  readonly labels: Readonly<Record<string, string>> | null;
}

/**
 * A view that follows the ledger a moment behind the commits. Its rows after a position are the same whenever they are written:
 * `handle` takes from the inline views only what does not change any more after the landmarks that it is given. Archived runs are in none.
 */
export interface RunView {
  /** Of its subscription. */
  readonly name: 'insights' | 'search';
  /** Writes what follows from landmarks in ledger order; twice is as good as once. */
  handle(landmarks: readonly Landmark[], client: PoolClient): Promise<void>;
}

const ends = ['WorkflowRunCompleted', 'WorkflowRunCancelled', 'WorkflowRunTimedOut'];
/** Other events say nothing. */
const speaking = [...ends, 'WorkflowRunSubmitted', 'WorkflowRunStarted'];

/** What the events after a position say, at most `limit`, in ledger order: one entry for each event. */
export function readLandmarks(client: PoolClient, after: number, limit: number): Promise<Landmark[]> {
  return landmarksOf(client, { name: 'run_landmarks', condition: 'true', values: [after, limit, ends] });
}

/** The same without most of those that say nothing: `limit` counts the others. */
export function readSpeakingLandmarks(client: PoolClient, after: number, limit: number): Promise<Landmark[]> {
  const values = [after, limit, ends, speaking];
  return landmarksOf(client, { name: 'run_speaking_landmarks', condition: 'type = any($4)', values });
}

interface EventsRead {
  readonly name: string;
  readonly condition: string;
  readonly values: readonly unknown[];
}

async function landmarksOf(client: PoolClient, { name, condition, values }: EventsRead): Promise<Landmark[]> {
  const { rows } = await client.query<{
    position: string;
    run: string;
    kind: Landmark['kind'];
    at: string | null;
    labels: Landmark['labels'];
  }>({
    name,
    // There are gaps where archived events were.
    text: `select position, run, case when kind <> 'labelled' or labels is not null then kind end as kind, at, labels
             from (select position, stream_id as run,
                          case when type = any($3) then 'ended' when type = 'WorkflowRunSubmitted' then 'submitted'
                               when type = 'WorkflowRunStarted' then 'labelled' end as kind,
                          case when type = any($3) then (data::jsonb ->> 'at')::bigint end as at,
                          case type when 'WorkflowRunSubmitted' then data::jsonb -> 'labels'
                                    when 'WorkflowRunStarted' then data::jsonb -> 'overlay' -> 'labels' end as labels
                     from public.event where position > $1 and ${condition} order by position limit $2) as e
            order by position`,
    values: [...values],
  });
  return rows.map(({ position, run, kind, at, labels }) => ({
    position: Number(position),
    runId: run,
    kind,
    at: at === null ? null : Number(at),
    labels,
  }));
}
