import { Access, CurrentPrincipal, CurrentTeam, type Principal, type TeamRef } from '#libs/access';
import type { ChangeLogVersion, TaskDefinition } from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiInteger,
  ApiLabels,
  ApiListFilter,
  ApiOrder,
  ApiPaging,
  ApiPathName,
  definitionBody,
  ApiTeam,
  type Page,
  type RawQuery,
  RequestBody,
} from '#libs/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { taskBody } from './task-body';
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
  @ApiOperation({ operationId: 'create_1_1', summary: 'Create a new Task, as JSON or as Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  create(
    @CurrentTeam() team: TeamRef,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.create({ teamId: team.id }, body, principal, request);
  }

  @Post('validate')
  @HttpCode(200)
  @Access('task/read', unreachable)
  @ApiOperation({ operationId: 'validateYaml', summary: 'Validate Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  validate(@CurrentTeam() team: TeamRef, @Body() body: unknown): Record<string, never> {
    return this.routes.validate({ teamId: team.id }, body);
  }

  @Get('query')
  @Access('task/read', unreachable)
  @ApiOperation({ operationId: 'queryTaskTemplates', summary: 'Search for Tasks' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.')
  @ApiListFilter('names', 'List of Task names to filter for.')
  @ApiPaging()
  @ApiOrder('sort', 'ASC')
  @ApiAnswer('TaskResponsePage')
  query(@CurrentTeam() team: TeamRef, @Query() query: RawQuery): Promise<Page<TaskDefinition>> {
    return this.routes.list({ teamId: team.id }, query);
  }

  @Get(':name')
  @Access('task/read', unreachable)
  @ApiOperation({
    operationId: 'get_2_1',
    summary: 'Retrieve a specific Task: JSON, or Tekton Task YAML where that is accepted',
  })
  @ApiPathName('name', 'Name of Task')
  @ApiInteger('version', 'Task Version')
  @ApiAnswer('Task')
  get(
    @CurrentTeam() team: TeamRef,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.routes.get({ teamId: team.id }, name, query, request, reply);
  }

  @Put(':name')
  @Access('task/write', unreachable)
  @ApiOperation({ operationId: 'apply_1_1', summary: 'Update, replace, or create new, as JSON or as Tekton Task YAML' })
  @ApiPathName('name', 'Name of Task')
  @ApiBoolean('replace', 'Replace existing version', false)
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  apply(
    @CurrentTeam() team: TeamRef,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.apply({ teamId: team.id }, name, query, body, principal, request);
  }

  @Get(':name/changelog')
  @Access('task/read', unreachable)
  @ApiOperation({ operationId: 'getChangelog_1', summary: 'Retrieve the changelog' })
  @ApiPathName('name', 'Name of Task')
  changes(@CurrentTeam() team: TeamRef, @Param('name') name: string): Promise<ChangeLogVersion[]> {
    return this.routes.changes({ teamId: team.id }, name);
  }

  @Delete(':name')
  @HttpCode(204)
  @Access('task/delete', unreachable)
  @ApiOperation({ operationId: 'delete', summary: 'Delete a Team Task' })
  @ApiPathName('name', 'Name of Task')
  remove(@CurrentTeam() team: TeamRef, @Param('name') name: string, @Req() request: FastifyRequest): Promise<void> {
    return this.routes.remove({ teamId: team.id }, name, request);
  }
}
