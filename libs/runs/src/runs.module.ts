import { AccessModule } from '#libs/access';
import { type Clock, systemClock } from '#libs/kernel';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  DecideActionsHandler,
  GetActionHandler,
  SearchActionsHandler,
  SummariseActionsHandler,
} from './application/action.handlers';
import { CancelWorkflowRunHandler } from './application/cancel-workflow-run.handler';
import { Approvals } from './application/effects/approvals';
import { AutomaticRetry } from './application/effects/automatic-retry';
import { ChildRuns } from './application/effects/child-runs';
import { Deadlines } from './application/effects/deadlines';
import { Locks } from './application/effects/locks';
import { OneOffSchedules } from './application/effects/one-off-schedules';
import { ClaimTaskRunHandler, ClaimWorkflowRunHandler, ExpireLeaseHandler } from './application/claims.handler';
import { CLOCK } from './application/clock.token';
import { DeliverEventHandler } from './application/deliver-event.handler';
import { FinalizeWorkflowRunHandler } from './application/finalize-workflow-run.handler';
import { PlanRetryHandler, RetryWorkflowRunHandler } from './application/retry-workflow-run.handler';
import { RunCommander } from './application/run-commander';
import { RunNames } from './application/run-names';
import { RunComposer } from './application/run-composer';
import { RunSourceMemory } from './application/run-sources';
import {
  CountWorkflowRunsHandler,
  FindTaskRunHandler,
  GetWorkflowRunHandler,
  IsRunHandler,
  SearchWorkflowRunsHandler,
} from './application/run-queries.handlers';
import { RunsWorker } from './application/runs-worker';
import { StartWorkflowRunHandler } from './application/start-workflow-run.handler';
import { RequestWorkflowRunHandler, SubmitWorkflowRunHandler } from './application/submit-workflow-run.handler';
import { FindTeamUsageHandler } from './application/team-usage.handler';
import { ActionStore } from './read/action-store';
import { LogReaders } from './application/log-readers';
import { TaskLog } from './application/task-log';
import { ReportTaskRunHandler } from './application/task-run.handlers';
import { ActionController } from './http/action.controller';
import { AgentReportsController } from './http/agent-reports.controller';
import { SubmitController } from './http/submit.controller';
import { TaskLogController } from './http/task-log.controller';
import { WorkflowRunController } from './http/workflow-run.controller';

/** The category of runs (`RUN_CATEGORY`) is provided by the program, which knows how long a lease lasts. */
@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [WorkflowRunController, SubmitController, ActionController, AgentReportsController, TaskLogController],
  providers: [
    { provide: CLOCK, useFactory: (): Clock => systemClock },
    RunCommander,
    RunComposer,
    RunSourceMemory,
    RunNames,
    RunsWorker,
    Approvals,
    AutomaticRetry,
    ChildRuns,
    Deadlines,
    Locks,
    OneOffSchedules,
    TaskLog,
    LogReaders,
    SubmitWorkflowRunHandler,
    StartWorkflowRunHandler,
    CancelWorkflowRunHandler,
    FinalizeWorkflowRunHandler,
    RequestWorkflowRunHandler,
    RetryWorkflowRunHandler,
    PlanRetryHandler,
    ReportTaskRunHandler,
    ClaimTaskRunHandler,
    ClaimWorkflowRunHandler,
    ExpireLeaseHandler,
    GetWorkflowRunHandler,
    SearchWorkflowRunsHandler,
    CountWorkflowRunsHandler,
    FindTaskRunHandler,
    ActionStore,
    GetActionHandler,
    SearchActionsHandler,
    SummariseActionsHandler,
    DecideActionsHandler,
    DeliverEventHandler,
    FindTeamUsageHandler,
    IsRunHandler,
  ],
  exports: [RunsWorker],
})
export class RunsModule {}
