import { QueryHandler } from '#libs/bus';
import {
  FindTaskRun,
  FindWorkflowIds,
  IsRun,
  type ReachInTeam,
  type TaskRunBody,
  type WorkflowRunBody,
} from '#libs/contracts';
import { isId, OneByOne } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { countByDay, toStatusCounts } from '../read/count-runs';
import { toRunBody, toTaskBody } from '../read/run-body';
import type { RunFilters } from '../read/run-filters';
import { type RunPageRequest, searchRuns } from '../read/search-runs';
import { taskOfRun, type WorkflowRunState } from '../domain';
import { RunCommander } from './run-commander';
import { type NamedInRun, RunNames } from './run-names';

export class GetWorkflowRun extends Query<WorkflowRunBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
    readonly withTasks: boolean,
  ) {
    super();
  }
}

/** From this many bytes of params and results, building the answer about a run takes long. */
const largeRun = 1024 * 1024;

@QueryHandler(GetWorkflowRun)
export class GetWorkflowRunHandler implements IQueryHandler<GetWorkflowRun> {
  private readonly large = new OneByOne();

  constructor(
    private readonly runs: RunCommander,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, withTasks }: GetWorkflowRun): Promise<WorkflowRunBody> {
    const state = await this.runs.find(reach, runId);
    const names = await this.names.of(reach, [namedIn(state)]);
    if (withTasks && (state.bytes ?? 0) > largeRun) await this.large.next();
    return toRunBody(state, this.runs.clock.now(), { withTasks, names });
  }
}

function namedIn({ workflow, initiator }: Pick<WorkflowRunState, 'workflow' | 'initiator'>): NamedInRun {
  return { workflowId: workflow.id, initiator };
}

/** Filters in the client's terms: workflows by id or name, runs by any text. */
export type RunSearch = RunFilters;

export class SearchWorkflowRuns extends Query<{ runs: WorkflowRunBody[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: RunSearch,
    readonly page: RunPageRequest,
  ) {
    super();
  }
}

/** Keeps only valid ids within a workflow token's reach, because nothing else can match. */
async function resolveFilters(queries: QueryBus, reach: ReachInTeam, search: RunSearch): Promise<RunFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return {
    ...search,
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
    private readonly names: RunNames,
  ) {}

  async execute({ reach, search, page }: SearchWorkflowRuns): Promise<{ runs: WorkflowRunBody[]; total: number }> {
    const filters = await resolveFilters(this.queries, reach, search);
    const { runs, total } = await searchRuns(this.pool, reach, filters, page);
    const names = await this.names.of(reach, runs.map(namedIn));
    const now = this.commander.clock.now();
    return { runs: runs.map((state) => toRunBody(state, now, { names })), total };
  }
}

export class CountWorkflowRuns extends Query<Record<string, number>> {
  constructor(
    readonly reach: ReachInTeam,
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

  async execute({ reach, search }: CountWorkflowRuns): Promise<Record<string, number>> {
    const filters = await resolveFilters(this.queries, reach, search);
    return toStatusCounts(await countByDay(this.pool, reach, filters));
  }
}

@QueryHandler(FindTaskRun)
export class FindTaskRunHandler implements IQueryHandler<FindTaskRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, runId, taskRunId }: FindTaskRun): Promise<TaskRunBody | null> {
    const state = await this.runs.find(reach, runId);
    const task = taskOfRun(state, taskRunId);
    return task ? toTaskBody(state, task, this.runs.clock.now()) : null;
  }
}

@QueryHandler(IsRun)
export class IsRunHandler implements IQueryHandler<IsRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, runId }: IsRun): Promise<boolean> {
    return isId(runId) && (await this.runs.findMade(reach, runId)) !== null;
  }
}
