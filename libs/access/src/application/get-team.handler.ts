import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type TeamBody } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { unknownTeam } from '../domain';
import { AccessStore } from '../read/access-store';
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
