import { Access, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import type { ChangeLogVersion, ReachInTeam, TaskDefinition } from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiChoice,
  ApiDone,
  ApiInteger,
  ApiLabels,
  ApiListAnswer,
  ApiListFilter,
  ApiNothing,
  ApiSorting,
  ApiWholeOrPaging,
  ApiPathName,
  ApiTeam,
  ApiWithoutReceipt,
  definitionBody,
  type Page,
  type RawQuery,
  RequestBody,
} from '#libs/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { taskBody } from './task-body';
import { taskColumns } from '../application/catalogue.handlers';
import { TaskRoutes } from './task-routes';

const unreachable = { unreachable: 'TASK_INVALID_REFERENCE' } as const;

@ApiTags('Team Tasks')
@ApiTeam()
@Controller('api/v2/team/:team/task')
export class TeamTaskController {
  constructor(private readonly routes: TaskRoutes) {}

  @Post()
  @HttpCode(200)
  @Access('task/write', unreachable)
  @ApiOperation({ operationId: 'createTeamTask', summary: 'Create a new Task, as JSON or as Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  create(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.create(reach, { teamId: reach.team.id }, body, principal, request);
  }

  @Post('validate')
  @HttpCode(200)
  @Access('task/read', unreachable)
  @ApiDone()
  @ApiWithoutReceipt()
  @ApiOperation({ operationId: 'validateTeamTask', summary: 'Validate Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  validate(@CurrentTeamReach() reach: ReachInTeam, @Body() body: unknown): Pick<TaskDefinition, 'warnings'> {
    return this.routes.validate({ teamId: reach.team.id }, body);
  }

  @Get('query')
  @Access('task/read', unreachable)
  @ApiOperation({ operationId: 'queryTeamTasks', summary: 'Search for Tasks' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['active', 'inactive'])
  @ApiListFilter('names', 'List of Task names to filter for.', ['switch', 'event-wait'])
  @ApiWholeOrPaging()
  @ApiSorting(taskColumns)
  @ApiAnswer('TaskResponsePage')
  query(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<TaskDefinition>> {
    return this.routes.list(reach, { teamId: reach.team.id }, query);
  }

  @Get(':name')
  @Access('task/read', unreachable)
  @ApiOperation({
    operationId: 'getTeamTask',
    summary: 'Retrieve a specific Task: JSON, or Tekton Task YAML if Accept asks for it',
  })
  @ApiPathName('name', 'Name of Task')
  @ApiInteger('version', 'Task Version')
  @ApiChoice('format', ['json', 'yaml'], 'The format of the answer; if absent, the header Accept decides')
  @ApiAnswer('Task')
  get(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.routes.get(reach, { teamId: reach.team.id }, name, query, request, reply);
  }

  @Put(':name')
  @Access('task/write', unreachable)
  @ApiOperation({
    operationId: 'applyTeamTask',
    summary: 'Update, replace, or create new, as JSON or as Tekton Task YAML',
  })
  @ApiPathName('name', 'Name of Task')
  @ApiBoolean('replace', 'Replace existing version', false)
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  apply(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.apply(reach, { teamId: reach.team.id }, name, query, body, principal, request);
  }

  @Get(':name/changelog')
  @Access('task/read', unreachable)
  @ApiListAnswer('ChangeLogVersion')
  @ApiOperation({ operationId: 'getTeamTaskChangelog', summary: 'Retrieve the changelog' })
  @ApiPathName('name', 'Name of Task')
  changes(@CurrentTeamReach() reach: ReachInTeam, @Param('name') name: string): Promise<ChangeLogVersion[]> {
    return this.routes.changes(reach, { teamId: reach.team.id }, name);
  }

  @Delete(':name')
  @HttpCode(204)
  @Access('task/delete', unreachable)
  @ApiNothing('Deleted')
  @ApiOperation({ operationId: 'deleteTeamTask', summary: 'Delete a Team Task' })
  @ApiPathName('name', 'Name of Task')
  remove(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.routes.remove(reach, { teamId: reach.team.id }, name, request);
  }
}
