import { isId, newId } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface Agent {
  readonly id: string;
  readonly tokenId: string;
  readonly name: string;
  readonly host: string;
  readonly taskTypes: readonly string[];
}

interface Row {
  id: string;
  token_id: string;
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
    await this.pool.query('insert into agent (id, token_id, name, host, task_types) values ($1, $2, $3, $4, $5)', [
      id,
      agent.tokenId,
      agent.name,
      agent.host,
      agent.taskTypes,
    ]);
    return { id, ...agent };
  }

  async find(id: string): Promise<Agent | null> {
    if (!isId(id)) return null;
    const cached = this.known.get(id);
    if (cached) return cached;
    const { rows } = await this.pool.query<Row>({
      name: 'find_agent',
      text: 'select id, token_id, name, host, task_types from agent where id = $1',
      values: [id],
    });
    const row = rows[0];
    if (!row) return null;
    const agent = {
      id: row.id,
      tokenId: row.token_id,
      name: row.name,
      host: row.host,
      taskTypes: row.task_types,
    };
    if (this.known.size >= 10_000) this.known.clear();
    this.known.set(id, agent);
    return agent;
  }
}
