import { Access, commandContext, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import {
  FinalizeWorkflowRun,
  type ReachInTeam,
  type RetryPlanBody,
  StartWorkflowRun,
  type WorkflowRunBody,
  type WorkflowRunRequest,
  workflowRunRequestSchema,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiEitherAnswer,
  ApiFaults,
  ApiInteger,
  ApiRequest,
  ApiTeam,
  ApiText,
  booleanParam,
  CheckedBody,
  cursorOf,
  type Page,
  springPage,
  textParam,
} from '#libs/http';
import { Controller, Delete, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CancelWorkflowRun } from '../application/cancel-workflow-run.handler';
import { PlanRetry } from '../application/plan-retry.handler';
import { RetryWorkflowRun } from '../application/retry-workflow-run.handler';
import { CountWorkflowRuns } from '../application/count-workflow-runs.handler';
import { GetWorkflowRun } from '../application/get-workflow-run.handler';
import { SearchWorkflowRuns } from '../application/search-workflow-runs.handler';
import { ApiPastRun, ApiRunCount, ApiRunId, ApiRunSearch } from './openapi';
import { parseMoment, parseWait, waits } from './history-query';
import { RunWaits } from './run-waits';
import { parseCount, parseSearch, type RawQuery } from './run-query';

const unreachable = { unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' } as const;

const optionalRequest = workflowRunRequestSchema.nullish();

/** The seven documented routes. */
@ApiTags('WorkflowRuns')
@ApiTeam()
@Controller('api/v2/team/:team/workflowrun')
export class WorkflowRunController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly waits: RunWaits,
  ) {}

  @Get('query')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'queryWorkflowRuns', summary: 'Search for WorkflowRuns' })
  @ApiRunSearch()
  @ApiAnswer('PageWorkflowRun')
  async query(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<WorkflowRunBody>> {
    const { search, page, list } = parseSearch(query, reach.team.id);
    const { runs, total, next } = await this.queries.execute(new SearchWorkflowRuns(reach, search, page));
    return springPage(runs, { ...page, total, ...(next && { nextCursor: cursorOf(list, page.page + 1, next) }) });
  }

  @Get('count')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'countWorkflowRuns', summary: 'Retrieve a summary of WorkflowRuns by Status.' })
  @ApiRunCount()
  @ApiAnswer('WorkflowRunCount')
  async count(
    @CurrentTeamReach() reach: ReachInTeam,
    @Query() query: RawQuery,
  ): Promise<{ status: Record<string, number> }> {
    return {
      status: await this.queries.execute(new CountWorkflowRuns(reach, parseCount(query))),
    };
  }

  @Get(':workflowRunId')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'getWorkflowRun', summary: 'Retrieve a specific WorkflowRun.' })
  @ApiRunId('ID of WorkflowRun')
  @ApiFaults(410, 429)
  @ApiBoolean('withTasks', 'Include Task Runs in the response', true)
  @ApiInteger('wait', 'Seconds to wait for the end of the run, if it has not ended; not together with at or version', {
    default: 0,
    minimum: waits.min,
    maximum: waits.max,
  })
  @ApiPastRun()
  @ApiAnswer('WorkflowRun')
  async get(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WorkflowRunBody> {
    const withTasks = booleanParam(query, 'withTasks', true);
    const moment = parseMoment(query);
    const wait = parseWait(query, moment);
    if (wait > 0) await this.waits.untilEnded(reach, runId, wait, { principal, reply });
    return this.queries.execute(new GetWorkflowRun(reach, runId, withTasks, moment));
  }

  @Put(':workflowRunId/start')
  @Access('workflowrun/action', unreachable)
  @ApiFaults(410, 423)
  @ApiOperation({
    operationId: 'startWorkflowRun',
    summary: 'Start WorkflowRun execution. The WorkflowRun has to already have been queued.',
  })
  @ApiRunId('ID of WorkflowRun to Start')
  @ApiRequest('WorkflowRunRequest', false)
  @ApiAnswer('WorkflowRun')
  start(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @CheckedBody(optionalRequest) body: WorkflowRunRequest | null | undefined,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const context = commandContext(request);
    return this.commands.execute<StartWorkflowRun, StartWorkflowRun['answer']>(
      new StartWorkflowRun(reach, runId, body ?? {}, context),
    );
  }

  @Put(':workflowRunId/finalize')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'finalizeWorkflowRun', summary: 'End a WorkflowRun' })
  @ApiRunId('ID of WorkflowRun to Finalize')
  @ApiFaults(410)
  @ApiAnswer('WorkflowRun')
  finalize(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute<FinalizeWorkflowRun, FinalizeWorkflowRun['answer']>(
      new FinalizeWorkflowRun(reach, runId, commandContext(request)),
    );
  }

  @Put(':workflowRunId/retry')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'retryWorkflowRun', summary: 'Retry WorkflowRun execution.' })
  @ApiRunId('ID of WorkflowRun to Retry.')
  @ApiFaults(409, 410, 423, 429)
  @ApiText(
    'from',
    'failed: the failed tasks and those after them; or the name of a task: that task and those after it.',
  )
  @ApiBoolean('dryRun', 'Only list what would run (a RetryPlan)', false)
  @ApiRequest('WorkflowRunRequest', false)
  @ApiEitherAnswer('WorkflowRun', 'RetryPlan')
  retry(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
    @CheckedBody(optionalRequest) body: WorkflowRunRequest | null | undefined,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody | RetryPlanBody> {
    const from = textParam(query, 'from');
    if (booleanParam(query, 'dryRun', false))
      return this.commands.execute(new PlanRetry(reach, runId, body ?? {}, from));
    const options = { ...(from !== undefined && { from }) };
    return this.commands.execute(new RetryWorkflowRun(reach, runId, body ?? {}, commandContext(request), options));
  }

  @Delete(':workflowRunId/cancel')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'cancelWorkflowRun', summary: 'Cancel a WorkflowRun' })
  @ApiRunId('ID of WorkflowRun to Cancel')
  @ApiFaults(410)
  @ApiAnswer('WorkflowRun')
  cancel(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute(new CancelWorkflowRun(reach, runId, commandContext(request)));
  }
}
