import { QueryHandler } from '#libs/bus';
import { FindWorkflowIds, onlyWorkflowOf } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindWorkflowIds)
export class FindWorkflowIdsHandler implements IQueryHandler<FindWorkflowIds> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, namesOrIds }: FindWorkflowIds): Promise<string[] | undefined> {
    const named = namesOrIds && (await this.store.idsOf(reach, namesOrIds));
    const only = onlyWorkflowOf(reach);
    return only === undefined ? named : (named ?? [only]).filter((id) => id === only);
  }
}
