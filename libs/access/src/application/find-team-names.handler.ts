import { QueryHandler } from '#libs/bus';
import { FindTeamNames, reaches } from '#libs/contracts';
import type { IQueryHandler } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindTeamNames)
export class FindTeamNamesHandler implements IQueryHandler<FindTeamNames> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, teamIds }: FindTeamNames): Promise<ReadonlyMap<string, string>> {
    const within = [...new Set(teamIds)].filter((teamId) => reaches(reach, { teamId }));
    const teams = await Promise.all(within.map((teamId) => this.store.teamRef(teamId)));
    return new Map(teams.flatMap((team) => (team ? [[team.id, team.name] as const] : [])));
  }
}
