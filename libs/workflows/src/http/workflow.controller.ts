import { Access, actorOf, commandContext, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import { type ReachInTeam, type WorkflowDefinition, workflowSchema, type WorkflowRefusalBody } from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiDone,
  ApiFaults,
  ApiInteger,
  ApiLabels,
  ApiListAnswer,
  ApiListFilter,
  ApiNothing,
  ApiPathName,
  ApiRequest,
  ApiSorting,
  ApiTeam,
  ApiWholeOrPaging,
  ApiWithoutReason,
  ApiWithoutReceipt,
  booleanParam,
  CheckedBody,
  definitionBody,
  enumListParam,
  labelsParam,
  listParam,
  optionalIntParam,
  type Page,
  type RawQuery,
  RequestBody,
  sortingParams,
  springPage,
  wholeOrPaging,
} from '#libs/http';
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ListRefusals } from '../application/list-refusals.handler';
import { DeleteWorkflowCommand } from '../application/delete-workflow.handler';
import { SaveWorkflow } from '../application/save-workflow.handler';
import { ValidateWorkflow } from '../application/validate-workflow.handler';
import { GetWorkflow } from '../application/get-workflow.handler';
import { ListWorkflows } from '../application/list-workflows.handler';
import { workflowColumns } from '../read/workflow-store';

const unreachable = { unreachable: 'WORKFLOW_INVALID_REFERENCE' } as const;

@ApiTags('Workflows')
@ApiTeam()
@Controller('api/v2/team/:team/workflow')
export class WorkflowController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('workflow/write', unreachable)
  @ApiOperation({ operationId: 'createWorkflow', summary: 'Create a new workflow' })
  @ApiFaults(429)
  @ApiRequest('Workflow', true)
  @RequestBody(definitionBody)
  @ApiAnswer('Workflow')
  create(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @CheckedBody(workflowSchema) body: WorkflowDefinition,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowDefinition> {
    return this.save(reach, principal, body, 'create', request);
  }

  @Put()
  @Access('workflow/write', unreachable)
  @ApiOperation({ operationId: 'applyWorkflow', summary: 'Update, replace, or create new, Workflow' })
  @ApiBoolean('replace', 'Replace existing version', false)
  @ApiFaults(429)
  @ApiRequest('Workflow', true)
  @RequestBody(definitionBody)
  @ApiAnswer('Workflow')
  apply(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @CheckedBody(workflowSchema) body: WorkflowDefinition,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowDefinition> {
    const mode = booleanParam(query, 'replace', false) ? 'replace' : 'apply';
    return this.save(reach, principal, body, mode, request);
  }

  @Post('validate')
  @HttpCode(200)
  @Access('workflow/write', unreachable)
  @ApiOperation({ operationId: 'validateWorkflow', summary: 'Check a Workflow as a save would, and save nothing' })
  @ApiWithoutReceipt()
  @ApiWithoutReason()
  @ApiRequest('Workflow', true)
  @RequestBody(definitionBody)
  @ApiDone()
  validate(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @CheckedBody(workflowSchema) body: WorkflowDefinition,
  ): Promise<Pick<WorkflowDefinition, 'warnings'>> {
    return this.queries.execute(new ValidateWorkflow(reach, body, actorOf(principal)));
  }

  @Get('query')
  @Access('workflow/read', unreachable)
  @ApiOperation({ operationId: 'queryWorkflows', summary: 'Search for Workflows' })
  @ApiLabels()
  @ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['active', 'inactive'])
  @ApiListFilter('workflows', 'List of workflows to filter for.')
  @ApiWholeOrPaging()
  @ApiSorting(workflowColumns)
  @ApiAnswer('WorkflowResponsePage')
  async query(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<WorkflowDefinition>> {
    const paging = wholeOrPaging(query);
    const labels = labelsParam(query);
    const statuses = enumListParam(query, 'statuses', ['active', 'inactive']);
    const namesOrIds = listParam(query, 'workflows');
    const { workflows, total } = await this.queries.execute(
      new ListWorkflows(reach, {
        ...paging,
        ...sortingParams(query, workflowColumns),
        ...(labels && { labels }),
        ...(statuses && { statuses }),
        ...(namesOrIds && { namesOrIds }),
      }),
    );
    return springPage(workflows, { ...paging, total });
  }

  @Get(':name/refusals')
  @Access('workflow/read', unreachable)
  @ApiListAnswer('WorkflowRefusal')
  @ApiOperation({
    operationId: 'getWorkflowRefusals',
    summary: 'Webhooks and events for a Workflow that made no run: the latest 20.',
  })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  refusals(@CurrentTeamReach() reach: ReachInTeam, @Param('name') name: string): Promise<WorkflowRefusalBody[]> {
    return this.queries.execute(new ListRefusals(reach, name));
  }

  @Get(':name')
  @Access('workflow/read', unreachable)
  @ApiFaults(409)
  @ApiOperation({ operationId: 'getWorkflow', summary: 'Retrieve a Workflow' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiInteger('version', 'Workflow version')
  @ApiBoolean('withTasks', 'Include Workflow tasks in response', true)
  @ApiAnswer('Workflow')
  get(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<WorkflowDefinition> {
    const version = optionalIntParam(query, 'version', { min: 1, max: 2_147_483_647 });
    const withTasks = booleanParam(query, 'withTasks', true);
    return this.queries.execute(new GetWorkflow(reach, name, version, withTasks));
  }

  @Delete(':name')
  @HttpCode(204)
  @Access('workflow/delete', unreachable)
  @ApiNothing('Deleted')
  @ApiOperation({ operationId: 'deleteWorkflow', summary: 'Delete a workflow' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  async remove(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.commands.execute(new DeleteWorkflowCommand(reach, name, commandContext(request)));
  }

  private save(
    reach: ReachInTeam,
    principal: Principal,
    body: WorkflowDefinition,
    mode: 'create' | 'apply' | 'replace',
    request: FastifyRequest,
  ): Promise<WorkflowDefinition> {
    const author = actorOf(principal);
    return this.commands.execute(new SaveWorkflow(reach, body, mode, author, commandContext(request)));
  }
}
