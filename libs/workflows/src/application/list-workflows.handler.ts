import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type WorkflowDefinition } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { toWorkflowBody } from '../read/workflow-body';
import { type WorkflowFilters, WorkflowStore } from '../read/workflow-store';

export class ListWorkflows extends Query<{ workflows: WorkflowDefinition[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly filters: WorkflowFilters,
  ) {
    super();
  }
}

@QueryHandler(ListWorkflows)
export class ListWorkflowsHandler implements IQueryHandler<ListWorkflows> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, filters }: ListWorkflows): Promise<{ workflows: WorkflowDefinition[]; total: number }> {
    const { workflows, total } = await this.store.list(reach, filters);
    const bodies = workflows.map(({ workflow, definition }) =>
      toWorkflowBody(workflow, definition, workflow.version, true),
    );
    return { workflows: bodies, total };
  }
}
