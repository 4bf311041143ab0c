import { Access, CurrentPrincipal, CurrentReach, type Principal } from '#libs/access';
import type { ChangeLogVersion, Reach, TaskDefinition } from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiInteger,
  ApiLabels,
  ApiListFilter,
  ApiSorting,
  ApiWholeOrPaging,
  ApiPathName,
  definitionBody,
  type Page,
  type RawQuery,
  RequestBody,
} from '#libs/http';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { taskBody } from './task-body';
import { taskColumns } from '../application/catalogue.handlers';
import { TaskRoutes } from './task-routes';

const changed = { installation: 'global tasks are changed with a global token.' } as const;
const installation = { teamId: null };

@ApiTags('Tasks')
@Controller('api/v2/task')
export class GlobalTaskController {
  constructor(private readonly routes: TaskRoutes) {}

  @Post()
  @HttpCode(200)
  @Access('task/write', changed)
  @ApiOperation({ operationId: 'create_1_2', summary: 'Create a new Task, as JSON or as Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  create(
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.create(reach, installation, body, principal, request);
  }

  @Post('validate')
  @HttpCode(200)
  @Access('task/read')
  @ApiOperation({ operationId: 'validateYaml_1', summary: 'Validate Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  validate(@Body() body: unknown): Record<string, never> {
    return this.routes.validate(installation, body);
  }

  @Get('query')
  @Access('task/read')
  @ApiOperation({ operationId: 'query_5', summary: 'Search for Tasks' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.')
  @ApiListFilter('names', 'List of Task names to filter for.')
  @ApiWholeOrPaging()
  @ApiSorting(taskColumns)
  @ApiAnswer('TaskResponsePage')
  query(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<Page<TaskDefinition>> {
    return this.routes.list(reach, installation, query);
  }

  @Get(':name')
  @Access('task/read')
  @ApiOperation({
    operationId: 'get_4_1',
    summary: 'Retrieve a specific Task: JSON, or Tekton Task YAML where that is accepted',
  })
  @ApiPathName('name', 'Name of Task')
  @ApiInteger('version', 'Task Version')
  @ApiAnswer('Task')
  get(
    @CurrentReach() reach: Reach,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.routes.get(reach, installation, name, query, request, reply);
  }

  @Put(':name')
  @Access('task/write', changed)
  @ApiOperation({ operationId: 'apply_1_2', summary: 'Update, replace, or create new, as JSON or as Tekton Task YAML' })
  @ApiPathName('name', 'Name of Task')
  @ApiBoolean('replace', 'Replace existing version', false)
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  @ApiAnswer('Task')
  apply(
    @Param('name') name: string,
    @Query() query: RawQuery,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<TaskDefinition> {
    return this.routes.apply(reach, installation, name, query, body, principal, request);
  }

  @Get(':name/changelog')
  @Access('task/read')
  @ApiOperation({ operationId: 'getChangelog_2', summary: 'Retrieve the changelog' })
  @ApiPathName('name', 'Name of Task')
  changes(@CurrentReach() reach: Reach, @Param('name') name: string): Promise<ChangeLogVersion[]> {
    return this.routes.changes(reach, installation, name);
  }
}
