import { isId, newId } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface Agent {
  readonly id: string;
  readonly tokenId: string;
  /** The one team whose work it may take; null = every team's. */
  readonly teamId: string | null;
  readonly name: string;
  readonly host: string;
  readonly taskTypes: readonly string[];
}

interface Row {
  id: string;
  token_id: string;
  team_id: string | null;
  name: string;
  host: string;
  task_types: string[];
}

/** Registered agents. Who is there is no event: it is seen again with every poll. */
@Injectable()
export class AgentStore {
  private readonly known = new Map<string, Agent>();

  constructor(private readonly pool: Pool) {}

  async register(agent: Omit<Agent, 'id'>): Promise<Agent> {
    const id = newId();
    await this.pool.query(
      'insert into agent (id, token_id, team_id, name, host, task_types) values ($1, $2, $3, $4, $5, $6)',
      [id, agent.tokenId, agent.teamId, agent.name, agent.host, agent.taskTypes],
    );
    return { id, ...agent };
  }

  async find(id: string): Promise<Agent | null> {
    if (!isId(id)) return null;
    const cached = this.known.get(id);
    if (cached) return cached;
    const { rows } = await this.pool.query<Row>({
      name: 'find_agent',
      text: 'select id, token_id, team_id, name, host, task_types from agent where id = $1',
      values: [id],
    });
    const row = rows[0];
    if (!row) return null;
    const agent = {
      id: row.id,
      tokenId: row.token_id,
      teamId: row.team_id,
      name: row.name,
      host: row.host,
      taskTypes: row.task_types,
    };
    if (this.known.size >= 10_000) this.known.clear();
    this.known.set(id, agent);
    return agent;
  }

  async idsOfToken(tokenId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'agents_of_token',
      text: `select id from agent a
              where token_id = $1
                and greatest(registered_at, (select seen_at from agent_lease l where l.agent_id = a.id)) > now() - interval '1 day'`,
      values: [tokenId],
    });
    return rows.map((row) => row.id);
  }
}
