import { QueryHandler } from '#libs/bus';
import { FindTeamOfWorkflow } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindTeamOfWorkflow)
export class FindTeamOfWorkflowHandler implements IQueryHandler<FindTeamOfWorkflow> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, workflowId }: FindTeamOfWorkflow): Promise<string | null> {
    return this.store.findTeamOf(reach, workflowId);
  }
}
