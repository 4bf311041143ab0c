import { Access, actorOf, commandContext, CurrentPrincipal, CurrentTeamReach, type Principal } from '#libs/access';
import {
  type ChangeLogVersion,
  type ReachInTeam,
  type WorkflowCanvas,
  workflowCanvasSchema,
  type WorkflowDefinition,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiChoice,
  ApiFaults,
  ApiInteger,
  ApiListAnswer,
  ApiPathName,
  ApiRequest,
  ApiTeam,
  ApiText,
  booleanParam,
  CheckedBody,
  definitionBody,
  optionalIntParam,
  prefersYaml,
  type RawQuery,
  RequestBody,
  sendJsonOrYaml,
} from '#libs/http';
import { Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toCanvas } from '../application/canvas';
import { DuplicateWorkflow } from '../application/duplicate-workflow.handler';
import { SaveCanvas } from '../application/save-canvas.handler';
import { GetWorkflow } from '../application/get-workflow.handler';
import { ListAvailableParameters } from '../application/list-available-parameters.handler';
import { ListWorkflowChanges } from '../application/list-workflow-changes.handler';

const unreachable = { unreachable: 'WORKFLOW_INVALID_REFERENCE' } as const;

/** A workflow in other forms: as a file, as a drawing, with its history. */
@ApiTags('Workflows')
@ApiTeam()
@Controller('api/v2/team/:team/workflow/:name')
export class DefinitionFormsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('export')
  @Access('workflow/read', unreachable)
  @ApiAnswer('Workflow')
  @ApiOperation({
    operationId: 'exportWorkflow',
    summary: 'Export the Workflow as JSON, or as YAML if Accept asks for it.',
  })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiChoice('format', ['json', 'yaml'], 'The format of the answer; if absent, the header Accept decides')
  async export(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const workflow = await this.get(reach, name, undefined);
    // Fields that the server adds when the workflow is saved again, here or elsewhere.
    const {
      id: _id,
      version: _version,
      creationDate: _creationDate,
      upgradesAvailable: _upgrades,
      tasks,
      ...rest
    } = workflow;
    const exported = { ...rest, tasks: (tasks ?? []).map(({ upgradesAvailable: _available, ...task }) => task) };
    const file = `${workflow.name ?? name}.${prefersYaml(request) ? 'yaml' : 'json'}`;
    void reply.header('content-disposition', `attachment; filename="${file}"`);
    return sendJsonOrYaml(request, reply, exported);
  }

  @Post('duplicate')
  @HttpCode(200)
  @Access('workflow/write', unreachable)
  @ApiFaults(429)
  @ApiOperation({ operationId: 'duplicateWorkflow', summary: 'Duplicates the workflow.' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiAnswer('Workflow')
  duplicate(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowDefinition> {
    const context = commandContext(request);
    return this.commands.execute(new DuplicateWorkflow(reach, name, actorOf(principal), context));
  }

  @Get('changelog')
  @Access('workflow/read', unreachable)
  @ApiListAnswer('ChangeLogVersion')
  @ApiOperation({ operationId: 'getWorkflowChangelog', summary: 'Retrieve a Workflows changelog' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  changelog(@CurrentTeamReach() reach: ReachInTeam, @Param('name') name: string): Promise<ChangeLogVersion[]> {
    return this.queries.execute(new ListWorkflowChanges(reach, name));
  }

  @Get('available-parameters')
  @Access('workflow/read', unreachable)
  @ApiAnswer({ type: 'array', items: { type: 'string' } })
  @ApiOperation({ operationId: 'getAvailableParameters', summary: 'Retrieve the parameters that the tasks can use.' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  availableParameters(@CurrentTeamReach() reach: ReachInTeam, @Param('name') name: string): Promise<string[]> {
    return this.queries.execute(new ListAvailableParameters(reach, name));
  }

  @Get('compose')
  @Access('workflow/read', unreachable)
  @ApiFaults(409)
  @ApiOperation({ operationId: 'composeWorkflow', summary: 'Convert workflow to compose model for UI Designer.' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiInteger('version', 'Workflow Version')
  @ApiText('kind', 'Ignored: the web client of the reference sends it')
  @ApiAnswer('WorkflowCanvas')
  async compose(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<WorkflowCanvas> {
    const version = optionalIntParam(query, 'version', { min: 1, max: 2_147_483_647 });
    return toCanvas(await this.get(reach, name, version));
  }

  @Put('compose')
  @Access('workflow/write', unreachable)
  @ApiOperation({ operationId: 'applyWorkflowCanvas', summary: 'Update, replace, or create new, Workflow for Canvas' })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiBoolean('replace', 'Replace existing version', false)
  @ApiFaults(429)
  @ApiRequest('WorkflowCanvas', true)
  @RequestBody(definitionBody)
  @ApiAnswer('WorkflowCanvas')
  async applyCanvas(
    @CurrentTeamReach() reach: ReachInTeam,
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @CheckedBody(workflowCanvasSchema) body: WorkflowCanvas,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowCanvas> {
    const mode = booleanParam(query, 'replace', false) ? 'replace' : 'apply';
    const author = actorOf(principal);
    const context = commandContext(request);
    const command = new SaveCanvas(reach, name, body, mode, author, context);
    return toCanvas(await this.commands.execute(command));
  }

  private get(reach: ReachInTeam, name: string, version: number | undefined): Promise<WorkflowDefinition> {
    return this.queries.execute(new GetWorkflow(reach, name, version, true));
  }
}
