import { QueryHandler } from '#libs/bus';
import {
  FindWorkflowsNamed,
  type NamedWorkflow,
  type Reach,
  type ReachInTeam,
  type TeamBody,
  type TokenBody,
} from '#libs/contracts';
import { readPage } from '#libs/database';
import { jsonBytes } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { personId, type TeamState, unknownTeam } from '../domain';
import { AccessStore, type TeamFilters, type TokenFilters } from '../read/access-store';
import { toTokenBody } from '../read/bodies';
import { TeamView } from '../read/team-view';

export class GetTeam extends Query<TeamBody> {
  constructor(readonly reach: ReachInTeam) {
    super();
  }
}

@QueryHandler(GetTeam)
export class GetTeamHandler implements IQueryHandler<GetTeam> {
  constructor(
    private readonly store: AccessStore,
    private readonly view: TeamView,
  ) {}

  async execute({ reach }: GetTeam): Promise<TeamBody> {
    const team = await this.store.team(reach.team.id);
    if (!team) throw unknownTeam();
    return this.view.show(team);
  }
}

export class ListTeams extends Query<{ teams: TeamBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    readonly filters: TeamFilters,
  ) {
    super();
  }
}

@QueryHandler(ListTeams)
export class ListTeamsHandler implements IQueryHandler<ListTeams> {
  constructor(
    private readonly store: AccessStore,
    private readonly view: TeamView,
  ) {}

  async execute({ reach, filters }: ListTeams): Promise<{ teams: TeamBody[]; total: number }> {
    const { teams, total } = await this.store.listTeams(reach, filters);
    const byId = new Map(teams.map((team) => [team.id, team]));
    // The answer for a team is larger than its stored state, because it lists the team's workflows.
    const bodies = await readPage([...byId.keys()], (ids) =>
      Promise.all(
        ids.map(async (id) => {
          const body = await this.view.show(byId.get(id) as TeamState);
          return { id, body, bytes: jsonBytes(body) };
        }),
      ),
    );
    return { teams: bodies.map(({ body }) => body), total };
  }
}

export class ListTokens extends Query<{ tokens: TokenBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    /** The person whose own tokens the list includes; null = nobody. */
    readonly person: string | null,
    readonly filters: TokenFilters,
  ) {
    super();
  }
}

@QueryHandler(ListTokens)
export class ListTokensHandler implements IQueryHandler<ListTokens> {
  constructor(
    private readonly store: AccessStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, person, filters }: ListTokens): Promise<{ tokens: TokenBody[]; total: number }> {
    const principals = filters.principals && (await this.principalsOf(reach, filters.principals));
    const { tokens, total } = await this.store.listTokens(reach, person, {
      ...filters,
      ...(principals && { principals }),
    });
    const now = Date.now();
    return { tokens: tokens.map((token) => toTokenBody(token, now)), total };
  }

  /**
   * The given principals, plus the ids of teams and workflows with these names. The reach decides which tokens are
   * shown.
   */
  private async principalsOf(reach: Reach, given: readonly string[]): Promise<string[]> {
    const query = new FindWorkflowsNamed(reach, given);
    const [teams, workflows] = await Promise.all([
      this.store.idsOfTeamsNamed(given),
      this.queries.execute<FindWorkflowsNamed, NamedWorkflow[]>(query),
    ]);
    return [...given, ...given.map(personId), ...teams, ...workflows.map(({ id }) => id)];
  }
}
