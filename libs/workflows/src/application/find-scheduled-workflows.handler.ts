import { QueryHandler } from '#libs/bus';
import { FindScheduledWorkflows, type ScheduledWorkflow } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindScheduledWorkflows)
export class FindScheduledWorkflowsHandler implements IQueryHandler<FindScheduledWorkflows> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, workflowIds }: FindScheduledWorkflows): Promise<ScheduledWorkflow[]> {
    return this.store.scheduled(reach, workflowIds);
  }
}
