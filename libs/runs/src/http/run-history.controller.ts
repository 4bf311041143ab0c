import { Access, CurrentTeamReach } from '#libs/access';
import type { HistoryPageBody, ReachInTeam, RunDifferenceBody, RunExplanationBody } from '#libs/contracts';
import {
  ApiAnswer,
  ApiChanges,
  ApiChoice,
  ApiFaults,
  ApiHistory,
  ApiPosition,
  ApiTeam,
  changesParams,
  historyParams,
  pageOfChanges,
  type RawQuery,
} from '#libs/http';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DiffWorkflowRun } from '../application/diff-workflow-run.handler';
import { ExplainWorkflowRun } from '../application/explain-workflow-run.handler';
import { ListRunEvents } from '../application/list-run-events.handler';
import { runEventTypes } from '../domain';
import { momentKinds, parseSpan } from './history-query';
import { ApiRunId } from './openapi';

const unreachable = { unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' } as const;

/** What happened to a run, and why it stands where it stands. */
@ApiTags('WorkflowRuns')
@ApiTeam()
@Controller('api/v2/team/:team/workflowrun/:workflowRunId')
export class RunHistoryController {
  constructor(private readonly queries: QueryBus) {}

  @Get('events')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({ operationId: 'listWorkflowRunEvents', summary: 'List the events of a WorkflowRun, oldest first.' })
  @ApiRunId('ID of WorkflowRun')
  @ApiFaults(410)
  @ApiHistory(runEventTypes)
  @ApiAnswer('HistoryPage')
  events(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
  ): Promise<HistoryPageBody> {
    return this.queries.execute(new ListRunEvents(reach, runId, historyParams(query, runEventTypes)));
  }

  @Get('diff')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({
    operationId: 'diffWorkflowRun',
    summary: 'List what changed in a WorkflowRun between two moments, field by field.',
  })
  @ApiRunId('ID of WorkflowRun')
  @ApiFaults(410)
  @ApiPosition('from', 'The earlier version, or position', { required: true, minimum: 1 })
  @ApiPosition('to', 'The later version, or position', { required: true, minimum: 1 })
  @ApiChoice('by', momentKinds, 'What from and to are: versions of the run (default), or positions of the ledger')
  @ApiChanges()
  @ApiAnswer('RunDifference')
  async diff(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
  ): Promise<RunDifferenceBody> {
    const { from, to } = parseSpan(query);
    const page = changesParams(query);
    const { changes, ...moments } = await this.queries.execute(new DiffWorkflowRun(reach, runId, from, to));
    return { ...moments, ...pageOfChanges(changes, page) };
  }

  @Get('explain')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({
    operationId: 'explainWorkflowRun',
    summary: 'Explain why a WorkflowRun stands where it stands, and what its tasks wait for.',
  })
  @ApiRunId('ID of WorkflowRun')
  @ApiFaults(410)
  @ApiAnswer('RunExplanation')
  explain(@CurrentTeamReach() reach: ReachInTeam, @Param('workflowRunId') runId: string): Promise<RunExplanationBody> {
    return this.queries.execute(new ExplainWorkflowRun(reach, runId));
  }
}
