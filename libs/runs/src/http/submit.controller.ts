import { Access, commandContext, CurrentTeamReach } from '#libs/access';
import {
  type ReachInTeam,
  type WorkflowRunBody,
  type WorkflowSubmitRequest,
  workflowSubmitRequestSchema,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiBoolean,
  ApiFaults,
  ApiPathName,
  ApiRequest,
  ApiTeam,
  booleanParam,
  CheckedBody,
} from '#libs/http';
import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { SubmitWorkflowRun } from '../application/submit-workflow-run.handler';
import type { RawQuery } from './run-query';

@ApiTags('Workflows')
@ApiTeam()
@Controller('api/v2/team/:team/workflow')
export class SubmitController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':name/submit')
  @HttpCode(200)
  @Access('workflow/action', { unreachable: 'WORKFLOW_INVALID_REFERENCE' })
  @ApiFaults(409, 423, 429)
  @ApiOperation({
    operationId: 'submitWorkflow',
    summary: 'Submit a Workflow to be run. Will queue the WorkflowRun ready for execution.',
  })
  @ApiPathName('name', 'Workflow name', 'my-amazing-workflow')
  @ApiBoolean('start', 'Start the WorkflowRun immediately after submission', false)
  @ApiRequest('WorkflowSubmitRequest', true)
  @ApiAnswer('WorkflowRun')
  submit(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @CheckedBody(workflowSubmitRequestSchema) body: WorkflowSubmitRequest,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const start = booleanParam(query, 'start', false);
    return this.commands.execute(new SubmitWorkflowRun(reach, name, body, start, commandContext(request)));
  }
}
