import { readPage } from '#libs/database';
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { GlobalParameters, TeamState, TokenState } from '../domain';

/** Milliseconds for which a token that was found is not looked up again: how long a revoked one may still be taken. */
const tokenMemory = 1000;

interface Remembered {
  readonly token: TokenState | null;
  readonly until: number;
}

export interface TokenFilters {
  readonly types?: readonly string[];
  readonly principals?: readonly string[];
  readonly fromDate?: number;
  readonly toDate?: number;
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: 'creationDate' | 'name';
}

export interface TeamFilters {
  readonly labels?: Readonly<Record<string, string>>;
  readonly statuses?: readonly string[];
  readonly names?: readonly string[];
  /** Only these teams; absent = all. */
  readonly ids?: readonly string[];
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: 'name' | 'creationDate';
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Looks up who may come in, and lists teams and tokens. */
@Injectable()
export class AccessStore {
  private readonly tokens = new Map<string, Remembered>();
  private readonly teams = new Map<string, Pick<TeamState, 'id' | 'name'>>();

  constructor(private readonly pool: Pool) {}

  /** The token of this text, valid or not; null when there is none. */
  async findToken(text: string): Promise<TokenState | null> {
    const now = Date.now();
    const remembered = this.tokens.get(text);
    if (remembered && remembered.until > now) return remembered.token;
    const { rows } = await this.pool.query<{ state: TokenState }>({
      name: 'find_token',
      text: 'select state from token where sha256 = $1',
      values: [sha256(text)],
    });
    const token = rows[0]?.state ?? null;
    if (this.tokens.size >= 10_000) this.tokens.clear();
    this.tokens.set(text, { token, until: now + tokenMemory });
    return token;
  }

  forgetTokens(): void {
    this.tokens.clear();
  }

  /** A team never changes its name or id, so one that was found is remembered. */
  async findTeam(name: string): Promise<Pick<TeamState, 'id' | 'name'> | null> {
    const known = this.teams.get(name);
    if (known) return known;
    const { rows } = await this.pool.query<{ state: TeamState }>({
      name: 'find_team',
      text: 'select state from team where name = $1',
      values: [name],
    });
    const team = rows[0]?.state ?? null;
    if (team) {
      if (this.teams.size >= 10_000) this.teams.clear();
      this.teams.set(name, { id: team.id, name: team.name });
    }
    return team;
  }

  /** The team and the installation's params as they are now, in one statement. */
  async runSettings(teamId: string): Promise<{ team: TeamState | null; global: GlobalParameters | null }> {
    const { rows } = await this.pool.query<{ team: TeamState | null; global: GlobalParameters | null }>({
      name: 'run_settings',
      text: `select (select state from team where id = $1) as team, (select state from global_parameters limit 1) as global`,
      values: [teamId],
    });
    return rows[0] ?? { team: null, global: null };
  }

  /** The team as it is now. */
  async team(teamId: string): Promise<TeamState | null> {
    const { rows } = await this.pool.query<{ state: TeamState }>({
      name: 'team_by_id',
      text: 'select state from team where id = $1',
      values: [teamId],
    });
    return rows[0]?.state ?? null;
  }

  /** Ids of the teams that a user is a member of. */
  async teamsOfUser(user: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'teams_of_user',
      text: `select id from team where state -> 'members' @> any($1::jsonb[])`,
      values: [[JSON.stringify([{ id: user }]), JSON.stringify([{ email: user }])]],
    });
    return rows.map(({ id }) => id);
  }

  async findTeamByNameOrId(nameOrId: string): Promise<TeamState | null> {
    const { rows } = await this.pool.query<{ state: TeamState }>(
      'select state from team where name = $1 or id::text = $1 order by name = $1 desc limit 1',
      [nameOrId],
    );
    return rows[0]?.state ?? null;
  }

  async listTokens(filters: TokenFilters): Promise<{ tokens: TokenState[]; total: number }> {
    const conditions = `not revoked and ($1::text[] is null or type = any($1)) and ($2::text[] is null or principal = any($2))
                    and ($3::float8 is null or creation_date >= to_timestamp($3 / 1000))
                    and ($4::float8 is null or creation_date < to_timestamp($4 / 1000))`;
    const values = [
      filters.types ?? null,
      filters.principals ?? null,
      filters.fromDate ?? null,
      filters.toDate ?? null,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ state: TokenState }>(
        `select state from token where ${conditions}
          order by ${filters.sort === 'name' ? 'name' : 'creation_date'} ${filters.order}, id ${filters.order} limit $5 offset $6`,
        [...values, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from token where ${conditions}`, values),
    ]);
    return { tokens: page.rows.map(({ state }) => state), total: Number(count.rows[0]?.total ?? 0) };
  }

  async listTeams(filters: TeamFilters): Promise<{ teams: TeamState[]; total: number }> {
    const conditions = `($1::jsonb is null or labels @> $1) and ($2::text[] is null or status = any($2))
                    and ($3::text[] is null or name = any($3)) and ($4::uuid[] is null or id = any($4))`;
    const values = [
      filters.labels ? JSON.stringify(filters.labels) : null,
      filters.statuses ?? null,
      filters.names ?? null,
      filters.ids ?? null,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from team where ${conditions}
          order by ${filters.sort === 'name' ? 'name' : 'creation_date'} ${filters.order}, id ${filters.order} limit $5 offset $6`,
        [...values, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from team where ${conditions}`, values),
    ]);
    const rows = await readPage(
      page.rows.map(({ id }) => id),
      async (ids) => {
        const found = await this.pool.query<{ id: string; state: TeamState; bytes: number }>({
          name: 'read_teams',
          text: 'select id, state, octet_length(state::text) as bytes from team where id = any($1::uuid[])',
          values: [ids],
        });
        return found.rows;
      },
    );
    return { teams: rows.map(({ state }) => state), total: Number(count.rows[0]?.total ?? 0) };
  }

  /** Whether there is a valid token of all teams. */
  async hasGlobalToken(): Promise<boolean> {
    const { rows } = await this.pool.query<{ found: boolean }>(
      `select exists (select 1 from token where type = 'global' and not revoked and name is distinct from 'local-agent') as found`,
    );
    return rows[0]?.found ?? false;
  }

  async idsOfTokensNamed(name: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>('select id from token where name = $1 and not revoked', [
      name,
    ]);
    return rows.map(({ id }) => id);
  }
}
