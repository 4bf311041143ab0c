import { QueryHandler } from '#libs/bus';
import { FindTeamById, reachIn, type TeamRef } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindTeamById)
export class FindTeamByIdHandler implements IQueryHandler<FindTeamById> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, teamId }: FindTeamById): Promise<TeamRef | null> {
    const team = await this.store.teamRef(teamId);
    return team && reachIn(reach, team) ? team : null;
  }
}
