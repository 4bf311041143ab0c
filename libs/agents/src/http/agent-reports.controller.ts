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
  type TaskRunReport,
  type TaskRunReportAnswer,
  type TaskRunReports,
  taskRunReportsSchema,
  taskRunEndSchema,
  type TaskRunStart,
  taskRunStartSchema,
  type WorkflowRunBody,
  type WorkflowRunRequest,
  workflowRunRequestSchema,
} from '#libs/contracts';
import { answerTo, ApiAnswer, ApiFence, ApiRequest, CheckedBody, noteRefusal } from '#libs/http';
import { assertNever, type EndStatus, endStatuses, RefusedError } from '#libs/kernel';
import { Controller, Param, Put, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AcknowledgeStop } from '../application/acknowledge-stop.handler';
import { AgentStore } from '../application/agent-store';
import { Leases } from '../application/leases';
import { type ReportOutcome, ReportTaskRuns } from '../application/report-task-runs.handler';
import { holderOf } from './holder';

const optionalRequest = workflowRunRequestSchema.nullish();
const optionalStart = taskRunStartSchema.nullish();
const optionalEnd = taskRunEndSchema.nullish();

/** Agents' reports about the runs and tasks that they hold. `docs/agents.md` is the specification. */
@ApiTags('Agents')
@Controller('api/v1')
export class AgentReportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly agents: AgentStore,
    private readonly leases: Leases,
  ) {}

  @Put('workflowrun/:workflowRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('WorkflowRun')
  @ApiFence()
  @ApiRequest('WorkflowRunRequest', false)
  @ApiOperation({ operationId: 'agentStartWorkflowRun', summary: 'The agent has prepared the run: start it.' })
  startRun(
    @Param('workflowRunId') runId: string,
    @CheckedBody(optionalRequest) body: WorkflowRunRequest | null | undefined,
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
    const finalize = new FinalizeWorkflowRun(reach, runId, commandContext(request), holder);
    return this.commands.execute<FinalizeWorkflowRun, FinalizeWorkflowRun['answer']>(finalize);
  }

  @Put('taskrun/batch')
  @Access('taskrun/action')
  @ApiAnswer('TaskRunReportAnswers')
  @ApiRequest('TaskRunReports', true)
  @ApiOperation({
    operationId: 'reportTaskRuns',
    summary: 'Several reports in one request: each is accepted or refused by itself, in the order of its task.',
  })
  async reportTasks(
    @CheckedBody(taskRunReportsSchema) { reports, next }: TaskRunReports,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() { tokenId }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunReportAnswer[]> {
    const parts = reports.map((report) => ({
      taskRunId: report.id,
      report: () => reportOf(report),
      holder: { tokenId, ...(typeof report.fence === 'number' && { fence: report.fence }) },
    }));
    const agent = next ? await this.agents.ofToken(next.agent, tokenId) : null;
    if (agent) await this.leases.seen(agent.id);
    const wanted = next && agent && { agent, types: agent.taskTypes, limit: next.limit };
    const outcomes = await this.commands.execute(
      new ReportTaskRuns(reach, parts, commandContext(request), wanted ?? null),
    );
    for (const outcome of outcomes) if ('error' in outcome) noteRefusal(request, outcome.error);
    return reports.map((report, place) => answerOf(report, outcomes[place]));
  }

  @Put('taskrun/:taskRunId/start')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiRequest('TaskRunStartRequest', false)
  @ApiOperation({ operationId: 'startTaskRun', summary: 'The agent has started the task.' })
  startTask(
    @Param('taskRunId') taskRunId: string,
    @CheckedBody(optionalStart) body: TaskRunStart | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    return this.report(reach, taskRunId, startOf(body), principal, request);
  }

  @Put('taskrun/:taskRunId/end')
  @Access('taskrun/action')
  @ApiAnswer('TaskRun')
  @ApiFence()
  @ApiRequest('TaskRunEndRequest', false)
  @ApiOperation({ operationId: 'endTaskRun', summary: 'The task has ended.' })
  endTask(
    @Param('taskRunId') taskRunId: string,
    @CheckedBody(optionalEnd) body: TaskRunEnd | null | undefined,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    return this.report(reach, taskRunId, endOf(body), principal, request);
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
    summary: 'Give the task back: the agent will not execute it.',
  })
  releaseTask(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<TaskRunBody> {
    return this.report(reach, taskRunId, { type: 'ReleaseTask' }, principal, request);
  }

  private async report(
    reach: Reach,
    taskRunId: string,
    report: TaskReport,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<TaskRunBody> {
    const holder = holderOf(request, principal);
    const message = new ReportTaskRun(reach, taskRunId, report, holder, commandContext(request));
    return (await this.commands.execute<ReportTaskRun, ReportTaskRun['answer']>(message)).task;
  }
}

/** As the route of the one report would answer, without the task. */
function answerOf({ id, report }: TaskRunReport, outcome: ReportOutcome | undefined): TaskRunReportAnswer {
  if (!outcome || 'claimed' in outcome) {
    return { id, report, status: 200, ...(outcome && outcome.claimed.length > 0 && { next: [...outcome.claimed] }) };
  }
  const { httpStatus, body } = answerTo(outcome.error);
  const { code, reason, message } = body;
  return { id, report, status: httpStatus, error: { code, reason, message } };
}

function reportOf(report: TaskRunReport): TaskReport {
  switch (report.report) {
    case 'start':
      return startOf(report.body);
    case 'end':
      return endOf(report.body);
    case 'cancel':
      return { type: 'CancelTask' };
    case 'release':
      return { type: 'ReleaseTask' };
    default:
      return assertNever(report);
  }
}

function startOf(body: TaskRunStart | null | undefined): TaskReport {
  return {
    type: 'StartTask',
    ...labelsOf(body),
    ...(body?.params && { params: body.params.map(({ name, value }) => ({ name, value: value ?? null })) }),
    ...(body?.timeout && { timeout: body.timeout }),
  };
}

function endOf(body: TaskRunEnd | null | undefined): TaskReport {
  return {
    type: 'EndTask',
    status: endStatusOf(body),
    ...(body?.statusMessage && { statusMessage: body.statusMessage }),
    ...labelsOf(body),
    results: (body?.results ?? []).map(({ name, description, value }) => ({
      name,
      description: description ?? null,
      value: value ?? null,
    })),
  };
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
