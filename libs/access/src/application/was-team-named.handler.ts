import { QueryHandler } from '#libs/bus';
import { WasTeamNamed } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

@QueryHandler(WasTeamNamed)
export class WasTeamNamedHandler implements IQueryHandler<WasTeamNamed> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, name }: WasTeamNamed): Promise<boolean> {
    const team = await this.store.team(reach.team.id);
    return team?.formerNames?.includes(name) ?? false;
  }
}
