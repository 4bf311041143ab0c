import { Access, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import type { ReachInTeam, RunDifferenceBody, RunExplanationBody } from '#libs/contracts';
import {
  ApiAnswer,
  ApiChanges,
  ApiChoice,
  ApiFaults,
  ApiEventStream,
  ApiPosition,
  ApiTeam,
  changesParams,
  historyParams,
  lastEventIdOf,
  pageOfChanges,
  type RawQuery,
  wantsEventStream,
} from '#libs/http';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DiffWorkflowRun } from '../application/diff-workflow-run.handler';
import { ExplainWorkflowRun } from '../application/explain-workflow-run.handler';
import { RunCommander } from '../application/run-commander';
import { ListRunEvents } from '../application/list-run-events.handler';
import { runEventTypes } from '../domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventStreams } from './event-streams';
import { momentKinds, parseSpan } from './history-query';
import { ApiRunId } from './openapi';

const unreachable = { unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' } as const;

/** What happened to a run, and why it stands where it stands. */
@ApiTags('WorkflowRuns')
@ApiTeam()
@Controller('api/v2/team/:team/workflowrun/:workflowRunId')
export class RunHistoryController {
  constructor(
    private readonly queries: QueryBus,
    private readonly runs: RunCommander,
    private readonly streams: EventStreams,
  ) {}

  @Get('events')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({
    operationId: 'listWorkflowRunEvents',
    summary: 'List or stream the events of a WorkflowRun, oldest first.',
  })
  @ApiRunId('ID of WorkflowRun')
  @ApiFaults(410, 429)
  @ApiEventStream(runEventTypes)
  async events(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('workflowRunId') runId: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { after, limit, ...filter } = historyParams(query, runEventTypes);
    const from = lastEventIdOf(request, query) ?? (query['after'] === undefined ? undefined : after);
    if (!wantsEventStream(request)) {
      const page = new ListRunEvents(reach, runId, { ...filter, limit, after: from ?? after });
      void reply.send(await this.queries.execute(page));
      return;
    }
    const run = await this.runs.find(reach, runId.toLowerCase());
    const scope = { kind: 'run' as const, teamId: run.teamId, runId: run.id };
    const start = from === undefined ? {} : { from };
    await this.streams.send({ scope, filter, reach, ...start }, { principal, reply });
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
