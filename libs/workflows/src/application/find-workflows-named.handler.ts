import { QueryHandler } from '#libs/bus';
import { FindWorkflowsNamed, type NamedWorkflow } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindWorkflowsNamed)
export class FindWorkflowsNamedHandler implements IQueryHandler<FindWorkflowsNamed> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, names }: FindWorkflowsNamed): Promise<NamedWorkflow[]> {
    return this.store.named(reach, names);
  }
}
