import { QueryHandler } from '#libs/bus';
import { FindWorkflowSummaries, type WorkflowSummaryBody } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindWorkflowSummaries)
export class FindWorkflowSummariesHandler implements IQueryHandler<FindWorkflowSummaries> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach }: FindWorkflowSummaries): Promise<WorkflowSummaryBody[]> {
    return this.store.summaries(reach);
  }
}
