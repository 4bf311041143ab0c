import { type TeamBody, type TeamRequest, teamRequestSchema } from '#libs/contracts';
import {
  ApiAnswer,
  ApiLabels,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiRequest,
  ApiSort,
  ApiTeam,
  enumListParam,
  choiceParam,
  labelsParam,
  listParam,
  orderParam,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { GetTeam, ListTeams } from '../application/access-queries.handlers';
import { CreateTeamCommand } from '../application/create-team.handler';
import { Access, CurrentPrincipal } from './access.decorators';
import { commandContext } from './command-context';
import type { Principal } from '../domain';

@ApiTags('Team Management')
@Controller('api/v2/team')
export class TeamController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('team/write')
  @ApiOperation({ operationId: 'createTeam', summary: 'Create new team' })
  @ApiRequest('TeamRequest', true)
  @ApiAnswer('Team')
  create(
    @Body({ schema: teamRequestSchema }) body: TeamRequest,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TeamBody> {
    if (principal.type !== 'global') {
      throw new RefusedError('PERMISSION_DENIED', 'Insufficient permission: only a global token makes teams.');
    }
    return this.commands.execute(new CreateTeamCommand(body, commandContext(request)));
  }

  @Get('query')
  @Access('team/read')
  @ApiOperation({ operationId: 'getTeams', summary: 'Search for Teams' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.')
  @ApiListFilter('teams', 'List of Team names to filter for.')
  @ApiPaging()
  @ApiOrder('order', 'DESC')
  @ApiSort(['name', 'creationDate'])
  @ApiAnswer('PageTeam')
  async query(@Query() query: RawQuery, @CurrentPrincipal() principal: Principal): Promise<Page<TeamBody>> {
    const paging = pagingParams(query);
    const labels = labelsParam(query);
    const statuses = enumListParam(query, 'statuses', ['active', 'inactive']);
    const names = listParam(query, 'teams');
    const { teams, total } = await this.queries.execute(
      new ListTeams({
        ...paging,
        order: orderParam(query, 'order', 'DESC'),
        sort: choiceParam(query, 'sort', ['name', 'creationDate']) ?? 'name',
        ...(labels && { labels }),
        ...(statuses && { statuses }),
        ...(names && { names }),
        ...(principal.type !== 'global' && {
          ids: principal.type === 'team' && principal.principal ? [principal.principal] : [],
        }),
      }),
    );
    return springPage(teams, { ...paging, total });
  }

  @Get(':team')
  @Access('team/read')
  @ApiOperation({ operationId: 'getTeam', summary: 'Get team' })
  @ApiTeam()
  @ApiAnswer('Team')
  get(@Param('team') team: string): Promise<TeamBody> {
    return this.queries.execute(new GetTeam(team));
  }
}
