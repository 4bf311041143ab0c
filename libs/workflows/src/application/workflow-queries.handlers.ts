import { QueryHandler } from '#libs/bus';
import {
  type ChangeLogVersion,
  FindTeamOfWorkflow,
  FindTeamRunSettings,
  FindScheduledWorkflows,
  FindTriggeredWorkflows,
  FindWorkflowIds,
  FindWorkflowNames,
  FindWorkflowRevision,
  FindWorkflowsNamed,
  FindWorkflowSummaries,
  type NamedWorkflow,
  onlyWorkflowOf,
  type ReachInTeam,
  type ScheduledWorkflow,
  type TeamRunSettings,
  type WorkflowDefinition,
  type WorkflowName,
  type WorkflowRevision,
  type WorkflowSummaryBody,
} from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { toWorkflowBody } from '../read/workflow-body';
import { type WorkflowFilters, WorkflowStore } from '../read/workflow-store';
import { availableParameters } from './available-parameters';
import { CatalogueTasks } from './catalogue-tasks';

function unknownRevision(): RefusedError {
  return new RefusedError('WORKFLOW_REVISION_NOT_FOUND', 'No valid Workflow Revisions found.');
}

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

@QueryHandler(FindWorkflowRevision)
export class FindWorkflowRevisionHandler implements IQueryHandler<FindWorkflowRevision> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, nameOrId, version }: FindWorkflowRevision): Promise<WorkflowRevision> {
    const revision = await this.store.runnable(reach, nameOrId, version);
    if (!revision) throw unknownRevision();
    return revision;
  }
}

@QueryHandler(FindWorkflowIds)
export class FindWorkflowIdsHandler implements IQueryHandler<FindWorkflowIds> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, namesOrIds }: FindWorkflowIds): Promise<string[] | undefined> {
    const named = namesOrIds && (await this.store.idsOf(reach, namesOrIds));
    const only = onlyWorkflowOf(reach);
    return only === undefined ? named : (named ?? [only]).filter((id) => id === only);
  }
}

@QueryHandler(FindTeamOfWorkflow)
export class FindTeamOfWorkflowHandler implements IQueryHandler<FindTeamOfWorkflow> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, workflowId }: FindTeamOfWorkflow): Promise<string | null> {
    return this.store.findTeamOf(reach, workflowId);
  }
}

@QueryHandler(FindWorkflowNames)
export class FindWorkflowNamesHandler implements IQueryHandler<FindWorkflowNames> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, ids }: FindWorkflowNames): Promise<ReadonlyMap<string, WorkflowName>> {
    return this.store.namesOf(reach, ids);
  }
}

@QueryHandler(FindWorkflowsNamed)
export class FindWorkflowsNamedHandler implements IQueryHandler<FindWorkflowsNamed> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, names }: FindWorkflowsNamed): Promise<NamedWorkflow[]> {
    return this.store.named(reach, names);
  }
}

@QueryHandler(FindWorkflowSummaries)
export class FindWorkflowSummariesHandler implements IQueryHandler<FindWorkflowSummaries> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach }: FindWorkflowSummaries): Promise<WorkflowSummaryBody[]> {
    return this.store.summaries(reach);
  }
}

@QueryHandler(FindTriggeredWorkflows)
export class FindTriggeredWorkflowsHandler implements IQueryHandler<FindTriggeredWorkflows> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, trigger }: FindTriggeredWorkflows): Promise<string[]> {
    return this.store.triggeredBy(reach, trigger);
  }
}

@QueryHandler(FindScheduledWorkflows)
export class FindScheduledWorkflowsHandler implements IQueryHandler<FindScheduledWorkflows> {
  constructor(private readonly store: WorkflowStore) {}

  execute({ reach, workflowIds }: FindScheduledWorkflows): Promise<ScheduledWorkflow[]> {
    return this.store.scheduled(reach, workflowIds);
  }
}

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

export class ListAvailableParameters extends Query<string[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
  ) {
    super();
  }
}

@QueryHandler(ListAvailableParameters)
export class ListAvailableParametersHandler implements IQueryHandler<ListAvailableParameters> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, nameOrId }: ListAvailableParameters): Promise<string[]> {
    const revision = await this.store.runnable(reach, nameOrId, undefined);
    if (!revision) throw unknownRevision();
    const query = new FindTeamRunSettings(reach);
    const settings = await this.queries.execute<FindTeamRunSettings, TeamRunSettings>(query);
    return availableParameters(revision, settings);
  }
}
