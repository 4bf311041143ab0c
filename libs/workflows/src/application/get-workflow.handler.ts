import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type WorkflowDefinition } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { toWorkflowBody } from '../read/workflow-body';
import { WorkflowStore } from '../read/workflow-store';
import { CatalogueTasks } from './catalogue-tasks';
import { unknownRevision } from './unknown-revision';

export class GetWorkflow extends Query<WorkflowDefinition> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly version: number | undefined,
    readonly withTasks: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetWorkflow)
export class GetWorkflowHandler implements IQueryHandler<GetWorkflow> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly catalogue: CatalogueTasks,
  ) {}

  async execute({ reach, nameOrId, version, withTasks }: GetWorkflow): Promise<WorkflowDefinition> {
    const workflow = await this.store.get(reach, nameOrId);
    const revision = await this.store.revision(workflow.id, version ?? workflow.version);
    if (!revision) throw unknownRevision();
    const definition = await this.catalogue.marked(reach, revision.definition);
    return toWorkflowBody(workflow, definition, revision.number, withTasks);
  }
}
