import { QueryHandler } from '#libs/bus';
import type { Reach, ReachInTeam, TeamBody, TokenBody } from '#libs/contracts';
import { readPage } from '#libs/database';
import { jsonBytes } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { type TeamState, unknownTeam } from '../domain';
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
    // What is shown of a team is larger than what is stored: its workflows are listed too.
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
    /** Whose own tokens are listed as well; null = nobody's. */
    readonly person: string | null,
    readonly filters: TokenFilters,
  ) {
    super();
  }
}

@QueryHandler(ListTokens)
export class ListTokensHandler implements IQueryHandler<ListTokens> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, person, filters }: ListTokens): Promise<{ tokens: TokenBody[]; total: number }> {
    const { tokens, total } = await this.store.listTokens(reach, person, filters);
    const now = Date.now();
    return { tokens: tokens.map((token) => toTokenBody(token, now)), total };
  }
}
