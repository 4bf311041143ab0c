import { Access, CurrentPrincipal, CurrentReach, type Principal } from '#libs/access';
import type { ChangeLogVersion, Reach, TaskDefinition } from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiChoice,
  ApiDone,
  ApiInteger,
  ApiLabels,
  ApiListAnswer,
  ApiListFilter,
  ApiSorting,
  ApiWholeOrPaging,
  ApiPathName,
  ApiWithoutReceipt,
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

const changed = { installation: 'only a global token can change global tasks.' } as const;
const installation = { teamId: null };

@ApiTags('Tasks')
@Controller('api/v2/task')
export class GlobalTaskController {
  constructor(private readonly routes: TaskRoutes) {}

  @Post()
  @HttpCode(200)
  @Access('task/write', changed)
  @ApiOperation({ operationId: 'createTask', summary: 'Create a new Task, as JSON or as Tekton Task YAML' })
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
  @ApiDone()
  @ApiWithoutReceipt()
  @ApiOperation({ operationId: 'validateTask', summary: 'Validate Tekton Task YAML' })
  @ApiBody(taskBody)
  @RequestBody(definitionBody)
  validate(@Body() body: unknown): Pick<TaskDefinition, 'warnings'> {
    return this.routes.validate(installation, body);
  }

  @Get('query')
  @Access('task/read')
  @ApiOperation({ operationId: 'queryTasks', summary: 'Search for Tasks' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['active', 'inactive'])
  @ApiListFilter('names', 'List of Task names to filter for.', ['switch', 'event-wait'])
  @ApiWholeOrPaging()
  @ApiSorting(taskColumns)
  @ApiAnswer('TaskResponsePage')
  query(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<Page<TaskDefinition>> {
    return this.routes.list(reach, installation, query);
  }

  @Get(':name')
  @Access('task/read')
  @ApiOperation({
    operationId: 'getTask',
    summary: 'Retrieve a specific Task: JSON, or Tekton Task YAML if Accept asks for it',
  })
  @ApiPathName('name', 'Name of Task')
  @ApiInteger('version', 'Task Version')
  @ApiChoice('format', ['json', 'yaml'], 'The format of the answer; if absent, the header Accept decides')
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
  @ApiOperation({ operationId: 'applyTask', summary: 'Update, replace, or create new, as JSON or as Tekton Task YAML' })
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
  @ApiListAnswer('ChangeLogVersion')
  @ApiOperation({ operationId: 'getTaskChangelog', summary: 'Retrieve the changelog' })
  @ApiPathName('name', 'Name of Task')
  changes(@CurrentReach() reach: Reach, @Param('name') name: string): Promise<ChangeLogVersion[]> {
    return this.routes.changes(reach, installation, name);
  }
}
