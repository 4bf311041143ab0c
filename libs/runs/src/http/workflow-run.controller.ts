import { Access, commandContext, CurrentPrincipal, CurrentTeam, type Principal, type TeamRef } from '#libs/access';
import { type WorkflowRunBody, type WorkflowRunRequest, workflowRunRequestSchema } from '#libs/contracts';
import { ApiAnswer, ApiBoolean, ApiRequest, ApiTeam, booleanParam, type Page, springPage } from '#libs/http';
import { Body, Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CancelWorkflowRun } from '../application/cancel-workflow-run.handler';
import { FinalizeWorkflowRun } from '../application/finalize-workflow-run.handler';
import { RetryWorkflowRun } from '../application/retry-workflow-run.handler';
import type { RunScope } from '../application/run-category';
import { CountWorkflowRuns, GetWorkflowRun, SearchWorkflowRuns } from '../application/run-queries.handlers';
import { StartWorkflowRun } from '../application/start-workflow-run.handler';
import { ApiRunCount, ApiRunId, ApiRunSearch } from './openapi';
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
  ) {}

  @Get('query')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'query_2', summary: 'Search for WorkflowRuns' })
  @ApiRunSearch()
  @ApiAnswer('PageWorkflowRun')
  async query(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
  ): Promise<Page<WorkflowRunBody>> {
    const { search, page } = parseSearch(query);
    const { runs, total } = await this.queries.execute(new SearchWorkflowRuns(scopeOf(team, principal), search, page));
    return springPage(runs, { page: page.page, limit: page.limit, total });
  }

  @Get('count')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'count', summary: 'Retrieve a summary of WorkflowRuns by Status.' })
  @ApiRunCount()
  @ApiAnswer('WorkflowRunCount')
  async count(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
  ): Promise<{ status: Record<string, number> }> {
    return { status: await this.queries.execute(new CountWorkflowRuns(scopeOf(team, principal), parseCount(query))) };
  }

  @Get(':workflowRunId')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'get_1', summary: 'Retrieve a specific WorkflowRun.' })
  @ApiRunId('ID of WorkflowRun')
  @ApiBoolean('withTasks', 'Include Task Runs in the response', true)
  @ApiAnswer('WorkflowRun')
  get(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
  ): Promise<WorkflowRunBody> {
    const withTasks = booleanParam(query, 'withTasks', true);
    return this.queries.execute(new GetWorkflowRun(runId, scopeOf(team, principal), withTasks));
  }

  @Put(':workflowRunId/start')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({
    operationId: 'start',
    summary: 'Start WorkflowRun execution. The WorkflowRun has to already have been queued.',
  })
  @ApiRunId('ID of WorkflowRun to Start')
  @ApiRequest('WorkflowRunRequest', false)
  @ApiAnswer('WorkflowRun')
  start(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Body({ schema: optionalRequest }) body: WorkflowRunRequest | null | undefined,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const context = commandContext(request);
    return this.commands.execute(new StartWorkflowRun(runId, body ?? {}, context, scopeOf(team, principal)));
  }

  @Put(':workflowRunId/finalize')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'finalize', summary: 'End a WorkflowRun' })
  @ApiRunId('ID of WorkflowRun to Finalize')
  @ApiAnswer('WorkflowRun')
  finalize(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute(new FinalizeWorkflowRun(runId, commandContext(request), scopeOf(team, principal)));
  }

  @Put(':workflowRunId/retry')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'retry', summary: 'Retry WorkflowRun execution.' })
  @ApiRunId('ID of WorkflowRun to Retry.')
  @ApiRequest('WorkflowRunRequest', false)
  @ApiAnswer('WorkflowRun')
  retry(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Body({ schema: optionalRequest }) body: WorkflowRunRequest | null | undefined,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const context = commandContext(request);
    return this.commands.execute(new RetryWorkflowRun(runId, body ?? {}, context, scopeOf(team, principal)));
  }

  @Delete(':workflowRunId/cancel')
  @Access('workflowrun/action', unreachable)
  @ApiOperation({ operationId: 'cancel', summary: 'Cancel a WorkflowRun' })
  @ApiRunId('ID of WorkflowRun to Cancel')
  @ApiAnswer('WorkflowRun')
  cancel(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    return this.commands.execute(new CancelWorkflowRun(runId, commandContext(request), scopeOf(team, principal)));
  }
}

function scopeOf(team: TeamRef, principal: Principal): RunScope {
  return { teamId: team.id, ...(principal.workflowId !== undefined && { workflowId: principal.workflowId }) };
}
