import { Access, commandContext, CurrentPrincipal, CurrentReach, type Principal } from '#libs/access';
import {
  AcknowledgeStop,
  type Reach,
  type TaskRunBody,
  type TaskRunEnd,
  taskRunEndSchema,
  type TaskRunStart,
  taskRunStartSchema,
  type WorkflowRunBody,
  type WorkflowRunRequest,
  workflowRunRequestSchema,
} from '#libs/contracts';
import { ApiAnswer, ApiFence, ApiRequest } from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { Body, Controller, Param, Put, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { FinalizeWorkflowRun } from '../application/finalize-workflow-run.handler';
import { toParam } from '../application/overlay';
import { StartWorkflowRun } from '../application/start-workflow-run.handler';
import { ReportTaskRun } from '../application/task-run.handlers';
import type { Json } from '../domain';
import { holderOf } from './holder';

const endStatuses = ['succeeded', 'failed', 'invalid'] as const;
const optionalRequest = workflowRunRequestSchema.nullish();
const optionalStart = taskRunStartSchema.nullish();
const optionalEnd = taskRunEndSchema.nullish();

/** Agents' reports about the runs and tasks that they hold. `docs/agents.md` is the specification. */
@ApiTags('Agents')
@Controller('api/v1')
export class AgentReportsController {
  constructor(private readonly commands: CommandBus) {}

  @Put('workflowrun/:workflowRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('WorkflowRun')
  @ApiFence()
  @ApiRequest('WorkflowRunRequest', false)
  @ApiOperation({ operationId: 'agentStartWorkflowRun', summary: 'The agent has prepared the run: start it.' })
  startRun(
    @Param('workflowRunId') runId: string,
    @Body({ schema: optionalRequest }) body: WorkflowRunRequest | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const holder = holderOf(request, principal);
    return this.commands.execute(new StartWorkflowRun(reach, runId, body ?? {}, commandContext(request), holder));
  }

  @Put('workflowrun/:workflowRunId/finalize')
  @Access('taskrun/action')
  @ApiAnswer('WorkflowRun')
  @ApiFence()
  @ApiOperation({
    operationId: 'agentFinalizeWorkflowRun',
    summary: 'The agent has cleaned up after the run: finalize it.',
  })
  finalizeRun(
    @Param('workflowRunId') runId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const holder = holderOf(request, principal);
    return this.commands.execute(new FinalizeWorkflowRun(reach, runId, commandContext(request), holder));
  }

  @Put('taskrun/:taskRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiRequest('TaskRunStartRequest', false)
  @ApiOperation({ operationId: 'startTaskRun', summary: 'The agent has started the task.' })
  startTask(
    @Param('taskRunId') taskRunId: string,
    @Body({ schema: optionalStart }) body: TaskRunStart | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const message = {
      type: 'StartTask' as const,
      ...labelsOf(body),
      ...(body?.params && { params: body.params.map(toParam) }),
      ...(body?.timeout && { timeout: body.timeout }),
    };
    const holder = holderOf(request, principal);
    return this.commands.execute(new ReportTaskRun(reach, taskRunId, message, holder, commandContext(request)));
  }

  @Put('taskrun/:taskRunId/end')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiRequest('TaskRunEndRequest', false)
  @ApiOperation({ operationId: 'endTaskRun', summary: 'The task has ended.' })
  endTask(
    @Param('taskRunId') taskRunId: string,
    @Body({ schema: optionalEnd }) body: TaskRunEnd | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const message = {
      type: 'EndTask' as const,
      status: endStatusOf(body),
      ...(body?.statusMessage && { statusMessage: body.statusMessage }),
      ...labelsOf(body),
      results: (body?.results ?? []).map(({ name, description, value }) => ({
        name,
        description: description ?? null,
        value: value ?? null,
      })),
    };
    const holder = holderOf(request, principal);
    return this.commands.execute(new ReportTaskRun(reach, taskRunId, message, holder, commandContext(request)));
  }

  @Put('taskrun/:taskRunId/cancel')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiOperation({ operationId: 'cancelTaskRun', summary: 'Cancel the task, or acknowledge that it was cancelled.' })
  async cancelTask(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const holder = holderOf(request, principal);
    const message = { type: 'CancelTask' as const };
    const report = new ReportTaskRun(reach, taskRunId, message, holder, commandContext(request));
    const task = await this.commands.execute(report);
    // Its holder has stopped it, or never began: do not tell it again.
    await this.commands.execute(new AcknowledgeStop(reach, taskRunId));
    return task;
  }

  @Put('taskrun/:taskRunId/release')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiOperation({
    operationId: 'releaseTaskRun',
    summary: 'Give the task back: the agent will not execute it.',
  })
  releaseTask(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const holder = holderOf(request, principal);
    const message = { type: 'ReleaseTask' as const };
    return this.commands.execute(new ReportTaskRun(reach, taskRunId, message, holder, commandContext(request)));
  }
}

function labelsOf(body: TaskRunStart | TaskRunEnd | null | undefined) {
  return {
    ...(body?.labels && { labels: body.labels }),
    ...(body?.annotations && { annotations: body.annotations as Record<string, Json> }),
  };
}

function endStatusOf(body: TaskRunEnd | null | undefined): (typeof endStatuses)[number] {
  const status = body?.status ?? 'succeeded';
  const found = endStatuses.find((each) => each === status);
  if (found === undefined) {
    throw new RefusedError(
      'TASKRUN_INVALID_END_STATUS',
      "Invalid status to end a TaskRun with. Allowed Status: 'succeeded', 'failed', 'invalid'.",
    );
  }
  return found;
}
