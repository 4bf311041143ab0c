import type { TeamBody, TokenBody } from '#libs/contracts';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { unknownTeam } from '../domain';
import { AccessStore, type TeamFilters, type TokenFilters } from '../read/access-store';
import { toTokenBody } from '../read/bodies';
import { TeamView } from '../read/team-view';

export class GetTeam extends Query<TeamBody> {
  constructor(readonly name: string) {
    super();
  }
}

@QueryHandler(GetTeam)
export class GetTeamHandler implements IQueryHandler<GetTeam> {
  constructor(
    private readonly store: AccessStore,
    private readonly view: TeamView,
  ) {}

  async execute({ name }: GetTeam): Promise<TeamBody> {
    const team = await this.store.findTeamByNameOrId(name);
    if (!team) throw unknownTeam();
    return this.view.show(team);
  }
}

export class ListTeams extends Query<{ teams: TeamBody[]; total: number }> {
  constructor(readonly filters: TeamFilters) {
    super();
  }
}

@QueryHandler(ListTeams)
export class ListTeamsHandler implements IQueryHandler<ListTeams> {
  constructor(
    private readonly store: AccessStore,
    private readonly view: TeamView,
  ) {}

  async execute({ filters }: ListTeams): Promise<{ teams: TeamBody[]; total: number }> {
    const { teams, total } = await this.store.listTeams(filters);
    return { teams: await Promise.all(teams.map((team) => this.view.show(team))), total };
  }
}

export class ListTokens extends Query<{ tokens: TokenBody[]; total: number }> {
  constructor(readonly filters: TokenFilters) {
    super();
  }
}

@QueryHandler(ListTokens)
export class ListTokensHandler implements IQueryHandler<ListTokens> {
  constructor(private readonly store: AccessStore) {}

  async execute({ filters }: ListTokens): Promise<{ tokens: TokenBody[]; total: number }> {
    const { tokens, total } = await this.store.listTokens(filters);
    const now = Date.now();
    return { tokens: tokens.map((token) => toTokenBody(token, now)), total };
  }
}
