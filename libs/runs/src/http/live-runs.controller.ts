import { Access, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import type { ReachInTeam } from '#libs/contracts';
import { ApiEventStream, ApiFaults, ApiTeam, type RawQuery } from '#libs/http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { resolveFilters } from '../application/run-search';
import { runEventTypes } from '../domain';
import { EventAnswers, scopeOf, within } from './event-answers';
import { ApiRunFilters } from './openapi';
import { parseFilters } from './run-query';

/** Events of the runs of a team. */
@ApiTags('WorkflowRuns')
@ApiTeam()
@Controller('api/v2/team/:team/workflowrun')
export class LiveRunsController {
  constructor(
    private readonly answers: EventAnswers,
    private readonly queries: QueryBus,
  ) {}

  @Get('events')
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
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const runs = await resolveFilters(this.queries, reach, parseFilters(query));
    const filter = Object.keys(runs).length > 0 ? { runs } : {};
    const asked = { scope: scopeOf(reach), filter: { ...filter, ...within(reach) }, reach, types: runEventTypes };
    return this.answers.of(asked, query, request, { principal, reply });
  }
}
