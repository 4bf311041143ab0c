import { Access, CurrentPrincipal, CurrentReach, CurrentTeamReach, type Principal } from '#libs/access';
import { type Reach, type ReachInTeam, teamIdsOf } from '#libs/contracts';
import { ApiEventStream, ApiFaults, ApiTeam, type RawQuery } from '#libs/http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunEvent } from '../domain';
import { EventAnswers, scopeOf, within } from './event-answers';

/** What comes into the queue of agents, is claimed, given back and done. */
const agentEventTypes = [
  'WorkflowRunQueued',
  'WorkflowRunClaimed',
  'WorkflowRunReleased',
  'WorkflowRunStarted',
  'WorkflowRunFinalized',
  'TaskRunReady',
  'TaskRunRequeued',
  'TaskRunClaimed',
  'TaskRunReleased',
  'TaskRunStarted',
  'TaskRunEnded',
] as const satisfies readonly RunEvent['type'][];
/** What becomes of the items that agents claim: events of runs. */
@ApiTags('Agents')
@Controller('api/v2')
export class LiveAgentsController {
  constructor(private readonly answers: EventAnswers) {}

  @Get('agents/events')
  @Access('agent/read')
  @ApiOperation({
    operationId: 'followAgents',
    summary: 'List or stream what comes into the queue of agents, is claimed, given back and done.',
  })
  @ApiEventStream(agentEventTypes)
  @ApiFaults(410, 429)
  ofAgents(
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = { kind: 'teams' as const, teamIds: teamIdsOf(reach) };
    const asked = { scope, filter: {}, reach: null, types: agentEventTypes };
    return this.answers.of(asked, query, request, { principal, reply });
  }

  @Get('team/:team/agents/events')
  @ApiTeam()
  @Access('agent/read')
  @ApiOperation({
    operationId: 'followTeamAgents',
    summary: 'List or stream what comes into the queue of agents for a team, is claimed, given back and done.',
  })
  @ApiEventStream(agentEventTypes)
  @ApiFaults(410, 429)
  ofAgentsOfTeam(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = { scope: scopeOf(reach), filter: within(reach), reach, types: agentEventTypes };
    return this.answers.of(asked, query, request, { principal, reply });
  }
}
