import { FindTaskRun, FindWorkflowIds, type TaskRunBody, type WorkflowRunBody } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { countByDay, toStatusCounts } from '../read/count-runs';
import { toRunBody, toTaskBody } from '../read/run-body';
import type { RunFilters } from '../read/run-filters';
import { type RunPageRequest, searchRuns } from '../read/search-runs';
import { type RunScope } from './run-category';
import { taskOfRun } from '../domain';
import { RunCommander } from './run-commander';

export class GetWorkflowRun extends Query<WorkflowRunBody> {
  constructor(
    readonly runId: string,
    readonly scope: RunScope,
    readonly withTasks: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetWorkflowRun)
export class GetWorkflowRunHandler implements IQueryHandler<GetWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ runId, scope, withTasks }: GetWorkflowRun): Promise<WorkflowRunBody> {
    const state = await this.runs.find(runId, scope);
    return toRunBody(state, this.runs.clock.now(), { withTasks, withNames: true });
  }
}

/** Filters as a client names them: workflows by id or name, runs by whatever text was sent. */
export type RunSearch = Omit<RunFilters, 'teamId'>;

export class SearchWorkflowRuns extends Query<{ runs: WorkflowRunBody[]; total: number }> {
  constructor(
    readonly scope: RunScope,
    readonly search: RunSearch,
    readonly page: RunPageRequest,
  ) {
    super();
  }
}

/** Ids only, since nothing else can match: what is no id, or outside a workflow token's reach, falls away. */
async function resolveFilters(queries: QueryBus, scope: RunScope, search: RunSearch): Promise<RunFilters> {
  const query = new FindWorkflowIds(scope.teamId, search.workflows, scope.workflowId);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return {
    ...search,
    teamId: scope.teamId,
    ...(workflows && { workflows }),
    ...(search.runs && { runs: search.runs.filter(isId) }),
  };
}

@QueryHandler(SearchWorkflowRuns)
export class SearchWorkflowRunsHandler implements IQueryHandler<SearchWorkflowRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
    private readonly commander: RunCommander,
  ) {}

  async execute({ scope, search, page }: SearchWorkflowRuns): Promise<{ runs: WorkflowRunBody[]; total: number }> {
    const filters = await resolveFilters(this.queries, scope, search);
    const { runs, total } = await searchRuns(this.pool, filters, page);
    const now = this.commander.clock.now();
    return { runs: runs.map((state) => toRunBody(state, now, { withNames: true })), total };
  }
}

export class CountWorkflowRuns extends Query<Record<string, number>> {
  constructor(
    readonly scope: RunScope,
    readonly search: RunSearch,
  ) {
    super();
  }
}

@QueryHandler(CountWorkflowRuns)
export class CountWorkflowRunsHandler implements IQueryHandler<CountWorkflowRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
  ) {}

  async execute({ scope, search }: CountWorkflowRuns): Promise<Record<string, number>> {
    return toStatusCounts(await countByDay(this.pool, await resolveFilters(this.queries, scope, search)));
  }
}

@QueryHandler(FindTaskRun)
export class FindTaskRunHandler implements IQueryHandler<FindTaskRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ runId, taskRunId }: FindTaskRun): Promise<TaskRunBody | null> {
    const state = await this.runs.find(runId);
    const task = taskOfRun(state, taskRunId);
    return task ? toTaskBody(state, task, this.runs.clock.now()) : null;
  }
}
