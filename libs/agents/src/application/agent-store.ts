import { isId, RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Pool } from 'pg';

export interface Agent {
  readonly id: string;
  readonly tokenId: string;
  readonly name: string;
  readonly host: string;
  /** As it was registered; null: it was not told. */
  readonly version: string | null;
  readonly taskTypes: readonly string[];
}

interface Row {
  id: string;
  token_id: string;
  name: string;
  host: string;
  version: string | null;
  task_types: string[];
}

function toAgent({ id, token_id: tokenId, name, host, version, task_types: taskTypes }: Row): Agent {
  return { id, tokenId, name, host, version, taskTypes };
}

/** Registered agents. A registration is no event: every poll shows that the agent exists. */
@Injectable()
export class AgentStore {
  private readonly known = new LRUCache<string, Agent>({ max: 10_000 });

  constructor(private readonly pool: Pool) {}

  /**
   * False if the token has `limit` agents already, or the id is taken. Two concurrent calls may both take the last
   * place: the bound is approximate.
   */
  async register(agent: Agent, limit: number): Promise<boolean> {
    const { id } = agent;
    const { rowCount } = await this.pool.query({
      name: 'register_agent',
      text: `insert into agent (id, token_id, name, host, version, task_types)
             select $1, $2, $3, $4, $7, $5 where (select count(*) from agent where token_id = $2) < $6
             on conflict (id) do nothing`,
      values: [id, agent.tokenId, agent.name, agent.host, agent.taskTypes, limit, agent.version],
    });
    return rowCount === 1;
  }

  /**
   * Forgets agents that hold nothing and have been silent for so long, the longest silent first. If one comes back, the
   * server tells it to register again.
   * @param tokenId absent: of all tokens.
   */
  async forgetSilent(seconds: number, limit: number, tokenId?: string): Promise<number> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: tokenId === undefined ? 'forget_silent_agents' : 'forget_silent_agents_of_token',
      text: `with silent as (
               select a.id from agent a left join agent_lease l on l.agent_id = a.id
                where greatest(a.registered_at, l.seen_at, l.lease_until) < now() - make_interval(secs => $1)
                  and not exists (select 1 from agent_queue q where q.agent_id = a.id and q.state <> 'ready')
                  ${tokenId === undefined ? '' : 'and a.token_id = $3'}
                order by greatest(a.registered_at, l.seen_at, l.lease_until), a.id limit $2),
             lease as (
               delete from agent_lease where agent_id in (select id from silent)
                  and greatest(seen_at, lease_until) < now() - make_interval(secs => $1))
             delete from agent where id in (select id from silent) returning id`,
      values: tokenId === undefined ? [seconds, limit] : [seconds, limit, tokenId],
    });
    for (const { id } of rows) this.known.delete(id);
    return rows.length;
  }

  /** Names of registered agents by id; drops unknown ids. */
  async namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.pool.query<{ id: string; name: string }>({
      name: 'agent_names',
      text: 'select id, name from agent where id = any($1::uuid[])',
      values: [ids.filter(isId)],
    });
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** The agents whose leases have not run out, by name; 10,000 at most. */
  async living(): Promise<Agent[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'living_agents',
      text: `select a.id, a.token_id, a.name, a.host, a.version, a.task_types
               from agent a join agent_lease l on l.agent_id = a.id and l.lease_until >= now() order by a.name, a.id limit 10000`,
    });
    return rows.map(toAgent);
  }

  /** @throws RefusedError AGENT_INVALID_REFERENCE where the token has registered no such agent. */
  async ofToken(id: string, tokenId: string): Promise<Agent> {
    const agent = await this.find(id);
    if (agent?.tokenId === tokenId) return agent;
    throw new RefusedError('AGENT_INVALID_REFERENCE', 'Invalid Agent reference has been provided. Register again.');
  }

  async find(id: string): Promise<Agent | null> {
    if (!isId(id)) return null;
    const cached = this.known.get(id);
    if (cached) return cached;
    const { rows } = await this.pool.query<Row>({
      name: 'find_agent',
      text: 'select id, token_id, name, host, version, task_types from agent where id = $1',
      values: [id],
    });
    const row = rows[0];
    if (!row) return null;
    const agent = toAgent(row);
    this.known.set(id, agent);
    return agent;
  }
}
