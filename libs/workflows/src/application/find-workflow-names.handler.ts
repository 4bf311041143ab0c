import { QueryHandler } from '#libs/bus';
import { FindWorkflowNames, type WorkflowName } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindWorkflowNames)
export class FindWorkflowNamesHandler implements IQueryHandler<FindWorkflowNames> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, ids }: FindWorkflowNames): Promise<ReadonlyMap<string, WorkflowName>> {
    return this.store.namesOf(reach, ids);
  }
}
