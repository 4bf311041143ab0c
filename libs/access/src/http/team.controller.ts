import {
  type HistoryPageBody,
  type InstallationReach,
  type Reach,
  type ReachInTeam,
  type TeamBody,
  type TeamMemberBody,
  teamMemberSchema,
  teamNameCheckSchema,
  type TeamRequest,
  teamRequestSchema,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiDone,
  ApiHistory,
  ApiLabels,
  ApiListAnswer,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiPathName,
  ApiRequest,
  ApiSort,
  ApiTeam,
  ApiWithoutReceipt,
  CheckedBody,
  choiceParam,
  enumListParam,
  historyParams,
  labelsParam,
  listParam,
  orderParam,
  type Page,
  pagingParams,
  type RawQuery,
  springPage,
} from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GetTeam } from '../application/get-team.handler';
import { ListTeamEvents } from '../application/list-team-events.handler';
import { ListTeams } from '../application/list-teams.handler';
import { CreateTeamCommand, refuseTeamName } from '../application/create-team.handler';
import { RemoveFromTeam } from '../application/remove-from-team.handler';
import { UpdateTeam } from '../application/update-team.handler';
import { Access, CurrentInstallation, CurrentPrincipal, CurrentReach, CurrentTeamReach } from './access.decorators';
import { commandContext } from './command-context';
import { defaultQuotas, personOf, type Principal, type Quotas, rolePermissions } from '../domain';
import { AccessStore } from '../read/access-store';
import { teamEventTypes } from '../read/shown-event';
import { shownQuotas, unlimitedQuotas } from '../read/shown-quotas';

@ApiTags('Team Management')
@Controller('api/v2/team')
export class TeamController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly store: AccessStore,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('team/write', { installation: 'only a global token can create teams.' })
  @ApiOperation({ operationId: 'createTeam', summary: 'Create new team' })
  @ApiRequest('TeamRequest', true)
  @ApiAnswer('Team')
  create(
    @CheckedBody(teamRequestSchema) body: TeamRequest,
    @CurrentInstallation() reach: InstallationReach,
    @Req() request: FastifyRequest,
  ): Promise<TeamBody> {
    return this.commands.execute(new CreateTeamCommand(reach, body, commandContext(request)));
  }

  @Get('query')
  @Access('team/read', { isOwn: true })
  @ApiOperation({ operationId: 'queryTeams', summary: 'Search for Teams' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['active', 'inactive'])
  @ApiListFilter('teams', 'List of Team names to filter for.', ['my-amazing-team', 'boomerangs-return'])
  @ApiPaging()
  @ApiOrder('order', 'DESC')
  @ApiSort(['name', 'creationDate'])
  @ApiAnswer('PageTeam')
  async query(@Query() query: RawQuery, @CurrentReach() reach: Reach): Promise<Page<TeamBody>> {
    const paging = pagingParams(query);
    const labels = labelsParam(query);
    const statuses = enumListParam(query, 'statuses', ['active', 'inactive']);
    const names = listParam(query, 'teams');
    const { teams, total } = await this.queries.execute(
      new ListTeams(reach, {
        ...paging,
        order: orderParam(query, 'order', 'DESC'),
        sort: choiceParam(query, 'sort', ['name', 'creationDate']) ?? 'name',
        ...(labels && { labels }),
        ...(statuses && { statuses }),
        ...(names && { names }),
      }),
    );
    return springPage(teams, { ...paging, total });
  }

  @Get('roles')
  @Access('team/read', { isOwn: true })
  @ApiListAnswer('Role')
  @ApiOperation({ operationId: 'listTeamRoles', summary: 'Retrieve Team roles' })
  roles() {
    return Object.entries(rolePermissions).map(([name, permissions]) => ({
      id: name,
      type: 'team',
      name,
      description: roleDescriptions[name as keyof typeof rolePermissions],
      permissions,
    }));
  }

  @Get('quotas/default')
  @Access('team/read', { isOwn: true })
  @ApiOperation({ operationId: 'getDefaultQuotas', summary: 'Retrieve the default quotas.' })
  @ApiAnswer('Quotas')
  defaultQuotas(): Quotas & { readonly unlimited: readonly (keyof Quotas)[] } {
    return { ...shownQuotas(defaultQuotas), unlimited: unlimitedQuotas(defaultQuotas) };
  }

  @Post('validate-name')
  @HttpCode(200)
  // Callers who may rename a team may ask which names are free.
  @Access('team/manage')
  @ApiDone()
  @ApiWithoutReceipt()
  @ApiOperation({ operationId: 'validateTeamName', summary: 'Validate team name and check uniqueness.' })
  @ApiRequest('TeamNameCheckRequest', true)
  async validateName(@CheckedBody(teamNameCheckSchema) { name }: { name: string }): Promise<Record<string, never>> {
    refuseTeamName(name);
    if (await this.store.findTeam(name)) {
      throw new RefusedError(
        'TEAM_NON_UNIQUE_NAME',
        'A team with this name already exists. Field name must be unique.',
      );
    }
    return {};
  }

  @Patch(':team')
  @Access('team/write')
  @ApiOperation({ operationId: 'updateTeam', summary: 'Patch or update a team' })
  @ApiTeam()
  @ApiRequest('TeamRequest', true)
  @ApiAnswer('Team')
  update(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(teamRequestSchema) body: TeamRequest,
    @Req() request: FastifyRequest,
  ): Promise<TeamBody> {
    return this.commands.execute(new UpdateTeam(reach, body, commandContext(request)));
  }

  @Delete(':team/members')
  @Access('team/manage')
  @ApiDone()
  @ApiOperation({ operationId: 'removeTeamMembers', summary: 'Remove Team Members' })
  @ApiTeam()
  async removeMembers(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(z.array(teamMemberSchema).max(1000)) body: TeamMemberBody[],
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const members = body.flatMap(({ id, email }) => [id, email].filter((name) => typeof name === 'string'));
    await this.commands.execute(new RemoveFromTeam(reach, { members }, commandContext(request)));
    return {};
  }

  @Delete(':team/leave')
  @Access('team/read')
  @ApiDone()
  @ApiOperation({ operationId: 'leaveTeam', summary: 'Leave Team' })
  @ApiTeam()
  async leave(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    const person = personOf(principal);
    if (person === null) {
      throw new RefusedError(
        'PERMISSION_DENIED',
        'Insufficient permission: only the token of a user can leave a team.',
      );
    }
    const removals = { members: [person] };
    await this.commands.execute(new RemoveFromTeam(reach, removals, commandContext(request)));
    return {};
  }

  @Delete(':team/approvers')
  @Access('team/manage')
  @ApiDone()
  @ApiOperation({ operationId: 'removeApproverGroups', summary: 'Delete Approver Groups' })
  @ApiTeam()
  async removeApprovers(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(z.array(z.string().max(256)).max(200)) body: string[],
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.commands.execute(new RemoveFromTeam(reach, { approverGroups: body }, commandContext(request)));
    return {};
  }

  @Delete(':team/quotas')
  @Access('team/write', { installation: 'only a global token can set quotas.' })
  @ApiDone()
  @ApiOperation({ operationId: 'resetTeamQuotas', summary: 'Reset Team Quotas to default' })
  @ApiTeam()
  async resetQuotas(
    @CurrentTeamReach() reach: ReachInTeam,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.commands.execute(new RemoveFromTeam(reach, { quotas: true }, commandContext(request)));
    return {};
  }

  @Delete(':team/parameters/:name')
  @Access('team/write')
  @ApiDone()
  @ApiOperation({ operationId: 'removeTeamParameter', summary: 'Delete Team Parameter' })
  @ApiTeam()
  @ApiPathName('name', 'Parameter name')
  async removeParameter(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.commands.execute(new RemoveFromTeam(reach, { parameter: name }, commandContext(request)));
    return {};
  }

  @Get(':team/events')
  @Access('team/read')
  @ApiOperation({
    operationId: 'listTeamEvents',
    summary: 'List the events of a team, oldest first: who changed what.',
  })
  @ApiTeam()
  @ApiHistory(teamEventTypes)
  @ApiAnswer('HistoryPage')
  events(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<HistoryPageBody> {
    return this.queries.execute(new ListTeamEvents(reach, historyParams(query, teamEventTypes)));
  }

  @Get(':team')
  @Access('team/read')
  @ApiOperation({ operationId: 'getTeam', summary: 'Get team' })
  @ApiTeam()
  @ApiAnswer('Team')
  get(@CurrentTeamReach() reach: ReachInTeam): Promise<TeamBody> {
    return this.queries.execute(new GetTeam(reach));
  }
}

const roleDescriptions = {
  owner: 'Everything in the team.',
  editor: 'Read, write and act; delete nothing, and manage neither members nor tokens.',
  reader: 'Read.',
} as const;
