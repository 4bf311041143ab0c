import type { Pool } from 'pg';

/** Items of each kind that are counted, and teams with types that are named, at most; the rest is of others. */
const mostCounted = 50_000;
const mostNamed = 50;

export interface QueueFigures {
  readonly ready: readonly {
    /** Null: others. */
    readonly teamId: string | null;
    readonly type: string;
    readonly items: number;
    /** Seconds that the oldest has waited. */
    readonly oldest: number;
  }[];
  /** Items that agents hold, or must stop; each at most 50,000. */
  readonly leased: number;
  readonly stopping: number;
  /** Agents whose lease has not run out. */
  readonly agents: number;
}

/** How many items wait for agents, by team and type, and for how long; what agents hold. */
export async function readQueueFigures(pool: Pool): Promise<QueueFigures> {
  const ready = await pool.query<QueueFigures['ready'][number]>({
    name: 'queue_figures',
    text: `with waiting as (
             select q.team_id, q.task_type, q.queued_at
               from unnest(array['finalize', 'run', 'task']) as k(kind) cross join lateral
                    (select team_id, task_type, queued_at from agent_queue
                      where state = 'ready' and kind = k.kind order by queued_at, id limit $1) as q),
           grouped as (
             select team_id, task_type, count(*) as items, min(queued_at) as since,
                    row_number() over (order by count(*) desc, team_id, task_type) as place
               from waiting group by team_id, task_type)
           select case when place <= $2 then team_id end as "teamId", task_type as type, sum(items)::float8 as items,
                  extract(epoch from now() - min(since))::float8 as oldest
             from grouped group by 1, 2`,
    values: [mostCounted, mostNamed],
  });
  const held = await pool.query<Omit<QueueFigures, 'ready'>>({
    name: 'lease_figures',
    text: `select (select count(*)::int from (select 1 from agent_queue where state <> 'ready' and state = 'leased' limit $1) as l) as leased,
                  (select count(*)::int from (select 1 from agent_queue where state <> 'ready' and state = 'stopping' limit $1) as s) as stopping,
                  (select count(*)::int from (select 1 from agent_lease where lease_until >= now() limit $1) as a) as agents`,
    values: [mostCounted],
  });
  const { leased = 0, stopping = 0, agents = 0 } = held.rows[0] ?? {};
  return { ready: ready.rows, leased, stopping, agents };
}
