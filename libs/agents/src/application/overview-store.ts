import type { ItemKind } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Items that are counted, at most. */
export const mostCounted = 100_000;
/** Items of an agent that are shown. */
const shownItems = 20;

/** Times are milliseconds since the epoch. */
export interface AgentRow {
  readonly id: string;
  readonly tokenId: string;
  readonly name: string;
  readonly host: string;
  readonly version: string | null;
  readonly taskTypes: readonly string[];
  readonly registered: number;
  readonly lastHeard: number;
  readonly leaseUntil: number;
}

export interface ItemRow {
  readonly id: string;
  readonly runId: string;
  readonly kind: ItemKind;
  readonly type: string;
  readonly teamId: string;
  readonly since: number;
}

export interface HeldRow extends ItemRow {
  readonly agentId: string;
  readonly state: 'leased' | 'stopping';
  readonly leaseUntil: number | null;
  /** How many the agent holds. */
  readonly held: number;
}

const milliseconds = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const item = `q.id, q.run_id as "runId", q.kind, q.task_type as type, q.team_id as "teamId", ${milliseconds('q.queued_at')} as since`;

/** What operators see of agents and their queue; `teamIds` null: of every team. */
@Injectable()
export class OverviewStore {
  constructor(private readonly pool: Pool) {}

  /** The agents whose leases have not run out, by name; 10,000 at most. */
  async living(): Promise<AgentRow[]> {
    const { rows } = await this.pool.query<AgentRow>({
      name: 'overview_agents',
      text: `select a.id, a.token_id as "tokenId", a.name, a.host, a.version, a.task_types as "taskTypes",
                    ${milliseconds('a.registered_at')} as registered, ${milliseconds('l.seen_at')} as "lastHeard",
                    ${milliseconds('l.lease_until')} as "leaseUntil"
               from agent a join agent_lease l on l.agent_id = a.id and l.lease_until >= now() order by a.name, a.id limit 10000`,
    });
    return rows;
  }

  /** What these agents hold, the first 20 of each, oldest first. */
  async heldBy(agentIds: readonly string[], teamIds: readonly string[] | null): Promise<HeldRow[]> {
    const { rows } = await this.pool.query<HeldRow>({
      name: teamIds ? 'overview_held_of_teams' : 'overview_held',
      text: `select * from (
               select ${item}, q.agent_id as "agentId", q.state, count(*) over (partition by q.agent_id)::int as held,
                      ${milliseconds(`nullif(case when q.lease_until = 'infinity' then l.lease_until else q.lease_until end, 'infinity')`)} as "leaseUntil",
                      row_number() over (partition by q.agent_id order by q.queued_at, q.id) as place
                 from agent_queue q left join agent_lease l on l.agent_id = q.agent_id
                where q.agent_id = any($1::uuid[]) and q.state <> 'ready' ${teamIds ? 'and q.team_id = any($3::uuid[])' : ''}) as held
              where place <= $2 order by "agentId", place`,
      values: [agentIds, shownItems, ...(teamIds ? [teamIds] : [])],
    });
    return rows;
  }

  /** What waits, oldest first; each kind is read no further than the page needs. */
  async waiting(teamIds: readonly string[] | null, offset: number, limit: number): Promise<ItemRow[]> {
    const { rows } = await this.pool.query<ItemRow>({
      name: teamIds ? 'overview_waiting_of_teams' : 'overview_waiting',
      text: `select q.* from unnest(array['finalize', 'run', 'task']) as k(kind) cross join lateral
                    (select ${item} from agent_queue q where q.state = 'ready' and q.kind = k.kind
                      ${teamIds ? 'and q.team_id = any($3::uuid[])' : ''} order by q.queued_at, q.id limit $1::int + $2::int) as q
              order by q.since, q.id offset $1 limit $2`,
      values: [offset, limit, ...(teamIds ? [teamIds] : [])],
    });
    return rows;
  }

  /** How many wait, at most 100,000. */
  async countWaiting(teamIds: readonly string[] | null): Promise<number> {
    const { rows } = await this.pool.query<{ total: number }>({
      name: teamIds ? 'overview_count_of_teams' : 'overview_count',
      text: `select count(*)::int as total from (select 1 from agent_queue where state = 'ready'
                ${teamIds ? 'and team_id = any($2::uuid[])' : ''} limit $1) as waiting`,
      values: [mostCounted, ...(teamIds ? [teamIds] : [])],
    });
    return rows[0]?.total ?? 0;
  }
}
