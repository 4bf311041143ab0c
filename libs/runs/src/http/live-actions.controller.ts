import { Access, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import type { ReachInTeam } from '#libs/contracts';
import { ApiEventStream, ApiFaults, ApiListFilter, ApiTeam, listParam, type RawQuery } from '#libs/http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { resolveFilters } from '../application/run-search';
import type { RunEvent } from '../domain';
import { EventAnswers, scopeOf, within } from './event-answers';

/** What asks people for decisions, and what comes of it. */
const actionEventTypes = [
  'TaskRunWaiting',
  'ActionDecided',
  'TaskRunEnded',
] as const satisfies readonly RunEvent['type'][];

/** Events of the actions of a team, which are events of its runs. */
@ApiTags('Actions')
@ApiTeam()
@Controller('api/v2/team/:team/action')
export class LiveActionsController {
  constructor(
    private readonly answers: EventAnswers,
    private readonly queries: QueryBus,
  ) {}

  @Get('events')
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
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const workflows = listParam(query, 'workflows');
    const runs = await resolveFilters(this.queries, reach, workflows ? { workflows } : {});
    const filter = { onlyActions: true, runs, ...within(reach) };
    const asked = { scope: scopeOf(reach), filter, reach, types: actionEventTypes };
    return this.answers.of(asked, query, request, { principal, reply });
  }
}
