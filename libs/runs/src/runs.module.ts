import { type Clock, systemClock } from '#libs/kernel';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CancelWorkflowRunHandler } from './application/cancel-workflow-run.handler';
import { ClaimTaskRunHandler, ClaimWorkflowRunHandler, ExpireLeaseHandler } from './application/claims.handler';
import { CLOCK } from './application/clock.token';
import { FinalizeWorkflowRunHandler } from './application/finalize-workflow-run.handler';
import { RetryWorkflowRunHandler } from './application/retry-workflow-run.handler';
import { RunCommander } from './application/run-commander';
import {
  CountWorkflowRunsHandler,
  FindTaskRunHandler,
  GetWorkflowRunHandler,
  SearchWorkflowRunsHandler,
} from './application/run-queries.handlers';
import { RunsWorker } from './application/runs-worker';
import { StartWorkflowRunHandler } from './application/start-workflow-run.handler';
import { SubmitWorkflowRunHandler } from './application/submit-workflow-run.handler';
import { TaskLog } from './application/task-log';
import { ReportTaskRunHandler } from './application/task-run.handlers';
import { AgentReportsController } from './http/agent-reports.controller';
import { SubmitController } from './http/submit.controller';
import { TaskLogController } from './http/task-log.controller';
import { WorkflowRunController } from './http/workflow-run.controller';

/** The category of runs (`RUN_CATEGORY`) is provided by the program, which knows how long a lease lasts. */
@Module({
  imports: [CqrsModule],
  controllers: [WorkflowRunController, SubmitController, AgentReportsController, TaskLogController],
  providers: [
    { provide: CLOCK, useFactory: (): Clock => systemClock },
    RunCommander,
    RunsWorker,
    TaskLog,
    SubmitWorkflowRunHandler,
    StartWorkflowRunHandler,
    CancelWorkflowRunHandler,
    FinalizeWorkflowRunHandler,
    RetryWorkflowRunHandler,
    ReportTaskRunHandler,
    ClaimTaskRunHandler,
    ClaimWorkflowRunHandler,
    ExpireLeaseHandler,
    GetWorkflowRunHandler,
    SearchWorkflowRunsHandler,
    CountWorkflowRunsHandler,
    FindTaskRunHandler,
  ],
  exports: [RunsWorker],
})
export class RunsModule {}
