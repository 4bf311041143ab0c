import { readStates } from '#libs/database';
import { createHash } from 'node:crypto';
import {
  allows,
  type InstallationReach,
  type Reach,
  teamIdsOf,
  type TeamReach,
  type TeamRef,
  type TeamRetention,
} from '#libs/contracts';
import { type Clock, CLOCK, isId, type TeamOperation, type TeamRole } from '#libs/kernel';
import { PersonalValues } from '#libs/personal';
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type GlobalParameters, memberOf, personId, type TeamMember, type TeamState, type TokenState } from '../domain';
import { Memory } from './memory';

/** A team and the installation's params, each with the version of its stream. */
export interface StoredRunSettings {
  readonly team: TeamState | null;
  readonly teamVersion: number;
  readonly global: GlobalParameters | null;
  readonly globalVersion: number;
}

export interface Membership {
  readonly team: TeamRef;
  readonly role: TeamRole;
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
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: 'name' | 'creationDate';
}

/** Teams in which one person's name is looked for. */
const maxTeamsOfOne = 20;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Looks up tokens, and lists teams and tokens. */
@Injectable()
export class AccessStore {
  private readonly tokens: Memory<TokenState | null>;
  private readonly memberships: Memory<readonly Membership[]>;
  private readonly teams: Memory<TeamRef | null>;
  private readonly requiredReasons: Memory<readonly TeamOperation[]>;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly pool: Pool,
    private readonly personal: PersonalValues,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.tokens = new Memory(clock);
    this.memberships = new Memory(clock);
    this.teams = new Memory(clock, (team) => team !== null);
    this.requiredReasons = new Memory(clock);
  }

  /** The token with this text, valid or not; null if there is none. */
  findToken(text: string): Promise<TokenState | null> {
    return this.tokens.get(text, async () => {
      const { rows } = await this.pool.query<{ state: TokenState }>({
        name: 'find_token',
        text: 'select state from token where sha256 = $1',
        values: [sha256(text)],
      });
      return rows[0]?.state ?? null;
    });
  }

  /** Those of these tokens that are no longer valid. */
  async endedAmong(tokenIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'ended_tokens',
      text: 'select id from token where id = any($1::uuid[]) and (revoked or expiration_date <= clock_timestamp())',
      values: [tokenIds],
    });
    return rows.map(({ id }) => id);
  }

  /** This process has changed tokens, members or a team's name: drops the caches and tells the listeners. */
  forget(): void {
    this.tokens.clear();
    this.memberships.clear();
    this.teams.clear();
    this.requiredReasons.clear();
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener when this process has changed tokens or members. Returns a function that stops this. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  findTeam(name: string): Promise<TeamRef | null> {
    return this.teamBy('name', name);
  }

  teamRef(teamId: string): Promise<TeamRef | null> {
    return isId(teamId) ? this.teamBy('id', teamId) : Promise.resolve(null);
  }

  /** What the team accepts only with a reason. Read apart from the team, which may have 1 MiB. */
  requiredReasonsOf(teamId: string): Promise<readonly TeamOperation[]> {
    return this.requiredReasons.get(teamId, async () => {
      const { rows } = await this.pool.query<{ required: readonly TeamOperation[] | null }>({
        name: 'required_reasons',
        text: `select state -> 'requiredReasons' as required from team where id = $1`,
        values: [teamId],
      });
      return rows[0]?.required ?? [];
    });
  }

  /** How long the finished runs of each team stay, as the teams have set it. */
  async retentions(): Promise<TeamRetention[]> {
    const { rows } = await this.pool.query<{ id: string; name: string; retention: TeamRetention['retention'] | null }>({
      name: 'retentions',
      text: `select id, name, state -> 'retention' as retention from team order by id`,
    });
    return rows.map(({ id, name, retention }) => ({ teamId: id, teamName: name, retention: retention ?? {} }));
  }

  /** The team's params, as they are stored. */
  async parametersOf(teamId: string): Promise<readonly unknown[]> {
    const { rows } = await this.pool.query<{ parameters: readonly unknown[] | null }>({
      name: 'team_parameters',
      text: `select state -> 'parameters' as parameters from team where id = $1`,
      values: [teamId],
    });
    return rows[0]?.parameters ?? [];
  }

  /** The team that had this name before; null if there is none. */
  findRenamedTeam(name: string): Promise<TeamRef | null> {
    return this.teamWhere('renamed', `state -> 'formerNames' ? $1`, name);
  }

  private teamBy(column: 'id' | 'name', value: string): Promise<TeamRef | null> {
    return this.teamWhere(column, `${column} = $1`, value);
  }

  /** A name may look like an id, so the cache key says which of the two was searched. */
  private teamWhere(as: string, condition: string, value: string): Promise<TeamRef | null> {
    return this.teams.get(`${as} ${value}`, async () => {
      const { rows } = await this.pool.query<TeamRef>({
        name: `team_by_${as}`,
        text: `select id, name from team where ${condition} order by id desc limit 1`,
        values: [value],
      });
      return rows[0] ?? null;
    });
  }

  /** The current team and the installation's current params, in one statement. */
  async runSettings(teamId: string): Promise<StoredRunSettings> {
    const { rows } = await this.pool.query<StoredRunSettings>({
      name: 'run_settings',
      text: `select t.state as team, coalesce(t.version, 0) as "teamVersion", g.state as global, coalesce(g.version, 0) as "globalVersion"
               from (select 1) as one left join (select state, version from team where id = $1) as t on true
                    left join (select state, version from global_parameters limit 1) as g on true`,
      values: [teamId],
    });
    return rows[0] ?? { team: null, teamVersion: 0, global: null, globalVersion: 0 };
  }

  /** The current team. */
  async team(teamId: string): Promise<TeamState | null> {
    const { rows } = await this.pool.query<{ state: TeamState }>({
      name: 'team_state',
      text: 'select state from team where id = $1',
      values: [teamId],
    });
    return rows[0]?.state ?? null;
  }

  /**
   * Those of these people who are members of these teams, by id or e-mail address; null: of any team. A person of many teams is found in
   * `maxTeamsOfOne` of them. Does not load whole teams, which may have 1 MiB. E-mail addresses are opened, names are not.
   */
  async membersAmong(teamIds: readonly string[] | null, people: readonly string[]): Promise<TeamState['members']> {
    const { rows } = await this.pool.query<{ member: TeamState['members'][number] }>({
      name: 'members_among',
      text: `select m.member from unnest($2::text[]) as p(id), lateral (
               select state -> 'members' as members from team
                where ($1::uuid[] is null or team.id = any($1))
                  and (state -> 'members' @> jsonb_build_array(jsonb_build_object('id', p.id))
                       or state -> 'members' @> jsonb_build_array(jsonb_build_object('email', p.id))) limit ${maxTeamsOfOne}) as t,
               jsonb_array_elements(t.members) as m(member)
              where m.member ->> 'id' = p.id or m.member ->> 'email' = p.id`,
      values: [teamIds, [...people, ...(await this.sealedForms(people))]],
    });
    return this.withOpenAddresses(rows.map(({ member }) => member));
  }

  /** The teams of which the person is a member, with the role in each. */
  membershipsOf(person: string): Promise<readonly Membership[]> {
    return this.memberships.get(person, async () => {
      const forms = [person, ...(await this.sealedForms([person]))];
      const { rows } = await this.pool.query<{ id: string; name: string; members: TeamState['members'] }>({
        name: 'teams_of_person',
        text: `select id, name, state -> 'members' as members from team
                where state -> 'members' @> $1::jsonb or state -> 'members' @> any($2::jsonb[]) order by id`,
        values: [JSON.stringify([{ id: person }]), forms.map((email) => JSON.stringify([{ email }]))],
      });
      return rows.flatMap(({ id, name, members }) => {
        const member = memberIn({ members }, forms);
        return member ? [{ team: { id, name }, role: member.role }] : [];
      });
    });
  }

  /** The member of a team who is this person, with the e-mail address opened. */
  async memberIn(teamId: string, person: string): Promise<TeamMember | undefined> {
    const team = await this.team(teamId);
    const member = team && memberIn(team, [person, ...(await this.sealedForms([person]))]);
    return member ? (await this.withOpenAddresses([member]))[0] : undefined;
  }

  /** E-mail addresses as members have them. */
  private async sealedForms(people: readonly string[]): Promise<string[]> {
    const forms = await Promise.all(
      people.filter((person) => person.includes('@')).map((person) => this.personal.sealedForms(personId(person))),
    );
    return forms.flat();
  }

  private withOpenAddresses(members: readonly TeamMember[]): Promise<TeamMember[]> {
    return Promise.all(
      members.map(async (member) => ({
        ...member,
        email: member.email === null ? null : await this.personal.open(member.email),
      })),
    );
  }

  async findTeamByNameOrId(nameOrId: string): Promise<TeamState | null> {
    const { rows } = await this.pool.query<{ state: TeamState }>(
      'select state from team where name = $1 or id::text = $1 order by name = $1 desc limit 1',
      [nameOrId],
    );
    return rows[0]?.state ?? null;
  }

  /** The tokens within the reach; `person`: also lists the person's own tokens. */
  async listTokens(
    reach: Reach,
    person: string | null,
    filters: TokenFilters,
  ): Promise<{ tokens: TokenState[]; total: number }> {
    const { sql, values } = tokensWithin(reach, person);
    const at = (offset: number) => `$${values.length + offset}`;
    const conditions = `not revoked and ${sql} and (${at(1)}::text[] is null or type = any(${at(1)}))
                    and (${at(2)}::text[] is null or principal = any(${at(2)}))
                    and (${at(3)}::float8 is null or creation_date >= to_timestamp(${at(3)} / 1000))
                    and (${at(4)}::float8 is null or creation_date < to_timestamp(${at(4)} / 1000))`;
    const given = [
      ...values,
      filters.types ?? null,
      filters.principals ?? null,
      filters.fromDate ?? null,
      filters.toDate ?? null,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from token where ${conditions}
          order by ${filters.sort === 'name' ? 'name' : 'creation_date'} ${filters.order}, id ${filters.order}
          limit ${at(5)} offset ${at(6)}`,
        [...given, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from token where ${conditions}`, given),
    ]);
    const ids = page.rows.map(({ id }) => id);
    return { tokens: await readStates<TokenState>(this.pool, 'token', ids), total: Number(count.rows[0]?.total ?? 0) };
  }

  /** The teams within the reach. */
  async listTeams(reach: Reach, filters: TeamFilters): Promise<{ teams: TeamState[]; total: number }> {
    const { sql, values } = teamsWithin(reach);
    const at = (offset: number) => `$${values.length + offset}`;
    const conditions = `${sql} and (${at(1)}::jsonb is null or labels @> ${at(1)})
                    and (${at(2)}::text[] is null or status = any(${at(2)}))
                    and (${at(3)}::text[] is null or name = any(${at(3)}))`;
    const given = [
      ...values,
      filters.labels ? JSON.stringify(filters.labels) : null,
      filters.statuses ?? null,
      filters.names ?? null,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from team where ${conditions}
          order by ${filters.sort === 'name' ? 'name' : 'creation_date'} ${filters.order}, id ${filters.order}
          limit ${at(4)} offset ${at(5)}`,
        [...given, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from team where ${conditions}`, given),
    ]);
    const ids = page.rows.map(({ id }) => id);
    return { teams: await readStates<TeamState>(this.pool, 'team', ids), total: Number(count.rows[0]?.total ?? 0) };
  }

  /** The names of the teams that the reach covers, of a workflow's reach its team, in the order of their names. */
  async namesOfTeams(reach: Reach, limit: number): Promise<(TeamRef & { readonly displayName: string })[]> {
    const { rows } = await this.pool.query<TeamRef & { readonly displayName: string }>({
      name: 'names_of_teams',
      text: `select id, name, state ->> 'displayName' as "displayName" from team
              where $1::uuid[] is null or id = any($1) order by name limit $2`,
      values: [teamIdsOf(reach), limit],
    });
    return rows;
  }

  async idsOfTeamsNamed(names: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'team_ids_by_name',
      text: 'select id from team where name = any($1)',
      values: [names],
    });
    return rows.map(({ id }) => id);
  }

  /** Names of tokens, also of revoked ones, by id; leaves out those without a name. */
  async tokenNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const tokens = await this.tokensOf(ids);
    return new Map(tokens.flatMap(({ id, name }) => (name === null ? [] : [[id, name]])));
  }

  /** Tokens by id, also revoked ones. */
  async tokensOf(ids: readonly string[]): Promise<TokenState[]> {
    const { rows } = await this.pool.query<{ state: TokenState }>({
      name: 'tokens_of',
      text: 'select state from token where id = any($1::uuid[]) order by id',
      values: [ids.filter(isId)],
    });
    return rows.map(({ state }) => state);
  }

  /** Whether a valid token for all teams exists. */
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

/** The member who has one of these as id or e-mail address. */
function memberIn(team: Pick<TeamState, 'members'>, forms: readonly string[]): TeamMember | undefined {
  for (const form of forms) {
    const member = memberOf(team, form);
    if (member) return member;
  }
  return undefined;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The teams that the reach covers as a whole; a workflow's reach covers none. */
function teamsWithin(reach: Reach): Condition {
  switch (reach.kind) {
    case 'installation':
      return { sql: 'true', values: [] };
    case 'team':
      return { sql: 'id = any($1::uuid[])', values: [[reach.team.id]] };
    case 'workflow':
      return { sql: 'false', values: [] };
    case 'member':
      return { sql: 'id = any($1::uuid[])', values: [reach.teams.map(({ team }) => team.id)] };
  }
}

/** The tokens of these teams and of their workflows, and the person's own. */
function tokensWithin(reach: Reach, person: string | null): Condition {
  if (reach.kind === 'installation') return { sql: 'true', values: [] };
  const teams = teamsOf(reach).map(({ team }) => team.id);
  return {
    sql: `(type in ('team', 'workflow') and state ->> 'teamId' = any($1::text[])
           or type in ('user', 'session') and principal = $2)`,
    values: [teams, person],
  };
}

function teamsOf(reach: Exclude<Reach, InstallationReach>): readonly TeamReach[] {
  if (reach.kind === 'workflow') return [];
  const teams = reach.kind === 'team' ? [reach] : reach.teams;
  return teams.filter(({ permissions }) => allows(permissions, 'token/read'));
}
