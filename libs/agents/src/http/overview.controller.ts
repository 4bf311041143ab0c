import { Access, CurrentReach, CurrentTeamReach } from '#libs/access';
import type { ConnectedAgentBody, QueuedItemBody, Reach, ReachInTeam } from '#libs/contracts';
import { ApiAnswer, ApiPaging, ApiTeam, type Page, pagingParams, type RawQuery, springPage } from '#libs/http';
import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ListAgents } from '../application/list-agents.handler';
import { ListQueue } from '../application/list-queue.handler';

/** What operators see of agents: who is there, what they hold, what waits for them. */
@ApiTags('Agents')
@Controller('api/v2')
export class OverviewController {
  constructor(private readonly queries: QueryBus) {}

  @Get('agents')
  @Access('agent/read')
  @ApiOperation({
    operationId: 'listAgents',
    summary: 'List the agents that are alive and serve a team within reach, and what they hold.',
  })
  @ApiPaging()
  @ApiAnswer('PageAgent')
  agents(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<Page<ConnectedAgentBody>> {
    return this.agentsOf(reach, query);
  }

  @Get('team/:team/agents')
  @ApiTeam()
  @Access('agent/read')
  @ApiOperation({
    operationId: 'listTeamAgents',
    summary: 'List the agents that are alive and serve the team, and what of it they hold.',
  })
  @ApiPaging()
  @ApiAnswer('PageAgent')
  agentsOfTeam(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<ConnectedAgentBody>> {
    return this.agentsOf(reach, query);
  }

  @Get('queue')
  @Access('agent/read')
  @ApiOperation({ operationId: 'listQueue', summary: 'List what waits for agents, oldest first.' })
  @ApiPaging()
  @ApiAnswer('PageQueue')
  queue(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<Page<QueuedItemBody>> {
    return this.queueOf(reach, query);
  }

  @Get('team/:team/queue')
  @ApiTeam()
  @Access('agent/read')
  @ApiOperation({ operationId: 'listTeamQueue', summary: 'List what of the team waits for agents, oldest first.' })
  @ApiPaging()
  @ApiAnswer('PageQueue')
  queueOfTeam(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<QueuedItemBody>> {
    return this.queueOf(reach, query);
  }

  private async agentsOf(reach: Reach, query: RawQuery): Promise<Page<ConnectedAgentBody>> {
    const page = pagingParams(query);
    const { agents, total } = await this.queries.execute(new ListAgents(reach, page));
    return springPage(agents, { ...page, total });
  }

  private async queueOf(reach: Reach, query: RawQuery): Promise<Page<QueuedItemBody>> {
    const page = pagingParams(query);
    const { items, total } = await this.queries.execute(new ListQueue(reach, page));
    return springPage(items, { ...page, total });
  }
}
