import { QueryHandler } from '#libs/bus';
import { type ApproverGroupRef, FindApproverGroup } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindApproverGroup)
export class FindApproverGroupHandler implements IQueryHandler<FindApproverGroup> {
  constructor(private readonly store: AccessStore) {}

  async execute({ reach, nameOrId }: FindApproverGroup): Promise<ApproverGroupRef | null> {
    const team = await this.store.team(reach.team.id);
    const group = team?.approverGroups.find(({ id, name }) => id === nameOrId || name === nameOrId);
    return group ? { id: group.id, name: group.name, approvers: group.approvers } : null;
  }
}
