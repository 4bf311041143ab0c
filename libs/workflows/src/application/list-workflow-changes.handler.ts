import { QueryHandler } from '#libs/bus';
import { type ChangeLogVersion, type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';

export class ListWorkflowChanges extends Query<ChangeLogVersion[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
  ) {
    super();
  }
}

@QueryHandler(ListWorkflowChanges)
export class ListWorkflowChangesHandler implements IQueryHandler<ListWorkflowChanges> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, nameOrId }: ListWorkflowChanges): Promise<ChangeLogVersion[]> {
    const workflow = await this.store.get(reach, nameOrId);
    return this.store.changes(workflow.id);
  }
}
