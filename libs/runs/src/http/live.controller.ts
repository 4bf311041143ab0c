import { Access, CurrentPrincipal, CurrentReach, CurrentTeamReach, type Principal } from '#libs/access';
import { type HistoryPageBody, onlyWorkflowOf, type Reach, type ReachInTeam, teamIdsOf } from '#libs/contracts';
import {
  ApiEventStream,
  ApiFaults,
  ApiListFilter,
  ApiTeam,
  type EventStream,
  historyParams,
  lastEventIdOf,
  listParam,
  type RawQuery,
  wantsEventStream,
} from '#libs/http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveFilter, LiveScope } from '../application/live/live-filter';
import { LiveRuns } from '../application/live/live-runs';
import { resolveFilters } from '../application/run-search';
import { runEventTypes } from '../domain';
import { EventStreams, type StreamReader } from './event-streams';
import { ApiRunFilters } from './openapi';
import { parseFilters } from './run-query';

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
] as const satisfies readonly (typeof runEventTypes)[number][];
/** What asks people for decisions, and what comes of it. */
const actionEventTypes = [
  'TaskRunWaiting',
  'ActionDecided',
  'TaskRunEnded',
] as const satisfies readonly (typeof runEventTypes)[number][];

interface Asked {
  readonly scope: LiveScope;
  readonly filter: LiveFilter;
  readonly reach: ReachInTeam | null;
  /** The types that the route has. */
  readonly types: readonly (typeof runEventTypes)[number][];
}

/** Events of many runs, in pages or as they come. */
@Controller('api/v2')
export class LiveController {
  constructor(
    private readonly live: LiveRuns,
    private readonly streams: EventStreams,
    private readonly queries: QueryBus,
  ) {}

  @Get('team/:team/workflowrun/events')
  @ApiTags('WorkflowRuns')
  @ApiTeam()
  @Access('workflowrun/read', { unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' })
  @ApiOperation({
    operationId: 'followWorkflowRuns',
    summary: 'List or stream the events of the WorkflowRuns of a team.',
  })
  @ApiRunFilters()
  @ApiEventStream(runEventTypes)
  @ApiFaults(410, 429)
  async ofRuns(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HistoryPageBody | EventStream> {
    const runs = await resolveFilters(this.queries, reach, parseFilters(query));
    const filter = Object.keys(runs).length > 0 ? { runs } : {};
    const asked = { scope: scopeOf(reach), filter: { ...filter, ...within(reach) }, reach, types: runEventTypes };
    return this.answer(asked, query, request, { principal, reply });
  }

  @Get('team/:team/action/events')
  @ApiTags('Actions')
  @ApiTeam()
  @Access('action/read', { unreachable: 'ACTION_INVALID_REF' })
  @ApiOperation({
    operationId: 'followActions',
    summary: 'List or stream the events of the Actions of a team: asked for, decided, ended.',
  })
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiEventStream(actionEventTypes)
  @ApiFaults(410, 429)
  async ofActions(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HistoryPageBody | EventStream> {
    const workflows = listParam(query, 'workflows');
    const runs = await resolveFilters(this.queries, reach, workflows ? { workflows } : {});
    const filter = { onlyActions: true, runs, ...within(reach) };
    const asked = { scope: scopeOf(reach), filter, reach, types: actionEventTypes };
    return this.answer(asked, query, request, { principal, reply });
  }

  @Get('agents/events')
  @ApiTags('Agents')
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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HistoryPageBody | EventStream> {
    const scope = { kind: 'teams' as const, teamIds: teamIdsOf(reach) };
    const asked = { scope, filter: {}, reach: null, types: agentEventTypes };
    return this.answer(asked, query, request, { principal, reply });
  }

  @Get('team/:team/agents/events')
  @ApiTags('Agents')
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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HistoryPageBody | EventStream> {
    const asked = { scope: scopeOf(reach), filter: within(reach), reach, types: agentEventTypes };
    return this.answer(asked, query, request, { principal, reply });
  }

  private answer(
    { scope, filter, reach, types }: Asked,
    query: RawQuery,
    request: FastifyRequest,
    reader: StreamReader,
  ): Promise<HistoryPageBody | EventStream> {
    const { after, limit, ...chosen } = historyParams(query, types);
    const isAll = types.length === runEventTypes.length;
    const narrowed = { ...filter, ...(!isAll && { types }), ...chosen };
    const from = lastEventIdOf(request, query) ?? (query['after'] === undefined ? undefined : after);
    const start = from === undefined ? {} : { from };
    if (wantsEventStream(request)) return this.streams.open({ scope, filter: narrowed, reach, ...start }, reader);
    return this.live.page({ scope, filter: narrowed, reach, limit, ...(from !== undefined && { after: from }) });
  }
}

function scopeOf({ team }: ReachInTeam): LiveScope {
  return { kind: 'teams', teamIds: [team.id] };
}

function within(reach: ReachInTeam): { readonly workflowId?: string } {
  const workflowId = onlyWorkflowOf(reach);
  return workflowId === undefined ? {} : { workflowId };
}
