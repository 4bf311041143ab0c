import { Access, commandContext, CurrentPrincipal, CurrentReach, type Principal } from '#libs/access';
import {
  FinalizeWorkflowRun,
  type JsonObject,
  type Reach,
  ReportTaskRun,
  StartWorkflowRun,
  type TaskReport,
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
import { type EndStatus, endStatuses, RefusedError } from '#libs/kernel';
import { Body, Controller, Param, Put, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AcknowledgeStop } from '../application/acknowledge-stop.handler';
import { holderOf } from './holder';

const optionalRequest = workflowRunRequestSchema.nullish();
const optionalStart = taskRunStartSchema.nullish();
const optionalEnd = taskRunEndSchema.nullish();

/** What agents report of the runs and tasks that they hold. `docs/agents.md` is the specification. */
@ApiTags('Agents')
@Controller('api/v1')
export class AgentReportsController {
  constructor(private readonly commands: CommandBus) {}

  @Put('workflowrun/:workflowRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('WorkflowRun')
  @ApiFence()
  @ApiRequest('WorkflowRunRequest', false)
  @ApiOperation({ operationId: 'agentStartWorkflowRun', summary: 'The run is prepared: start it.' })
  startRun(
    @Param('workflowRunId') runId: string,
    @Body({ schema: optionalRequest }) body: WorkflowRunRequest | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const holder = holderOf(request, principal);
    const start = new StartWorkflowRun(reach, runId, body ?? {}, commandContext(request), holder);
    return this.commands.execute<StartWorkflowRun, StartWorkflowRun['answer']>(start);
  }

  @Put('workflowrun/:workflowRunId/finalize')
  @Access('taskrun/action')
  @ApiAnswer('WorkflowRun')
  @ApiFence()
  @ApiOperation({ operationId: 'agentFinalizeWorkflowRun', summary: 'The run is cleaned up after: finalize it.' })
  finalizeRun(
    @Param('workflowRunId') runId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowRunBody> {
    const holder = holderOf(request, principal);
    const finalize = new FinalizeWorkflowRun(reach, runId, commandContext(request), holder);
    return this.commands.execute<FinalizeWorkflowRun, FinalizeWorkflowRun['answer']>(finalize);
  }

  @Put('taskrun/:taskRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiRequest('TaskRunStartRequest', false)
  @ApiOperation({ operationId: 'startTaskRun', summary: 'The task is being executed.' })
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
      ...(body?.params && { params: body.params.map(({ name, value }) => ({ name, value: value ?? null })) }),
      ...(body?.timeout && { timeout: body.timeout }),
    };
    return this.report(reach, taskRunId, message, principal, request);
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
    return this.report(reach, taskRunId, message, principal, request);
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
    const task = await this.report(reach, taskRunId, { type: 'CancelTask' }, principal, request);
    // Its holder has stopped it, or never began: it is not told again.
    await this.commands.execute(new AcknowledgeStop(reach, taskRunId));
    return task;
  }

  @Put('taskrun/:taskRunId/release')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiOperation({
    operationId: 'releaseTaskRun',
    summary: 'Give the task back: it will not be executed by this claim.',
  })
  releaseTask(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    return this.report(reach, taskRunId, { type: 'ReleaseTask' }, principal, request);
  }

  private report(
    reach: Reach,
    taskRunId: string,
    report: TaskReport,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const holder = holderOf(request, principal);
    const message = new ReportTaskRun(reach, taskRunId, report, holder, commandContext(request));
    return this.commands.execute<ReportTaskRun, ReportTaskRun['answer']>(message);
  }
}

function labelsOf(body: TaskRunStart | TaskRunEnd | null | undefined) {
  return {
    ...(body?.labels && { labels: body.labels }),
    ...(body?.annotations && { annotations: body.annotations as JsonObject }),
  };
}

function endStatusOf(body: TaskRunEnd | null | undefined): EndStatus {
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
