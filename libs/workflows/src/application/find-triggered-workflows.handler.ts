import { QueryHandler } from '#libs/bus';
import { FindTriggeredWorkflows } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindTriggeredWorkflows)
export class FindTriggeredWorkflowsHandler implements IQueryHandler<FindTriggeredWorkflows> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, trigger }: FindTriggeredWorkflows): Promise<string[]> {
    return this.store.triggeredBy(reach, trigger);
  }
}
