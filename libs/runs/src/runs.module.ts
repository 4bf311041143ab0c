import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CancelRunOfBulkHandler } from './application/cancel-run-of-bulk.handler';
import { CancelWorkflowRunHandler } from './application/cancel-workflow-run.handler';
import { RetryRunOfBulkHandler } from './application/retry-run-of-bulk.handler';
import { SelectRunsHandler } from './application/select-runs.handler';
import { Approvals } from './process/approvals';
import { AutomaticRetry } from './process/automatic-retry';
import { ChildCancellation } from './application/child-cancellation';
import { ChildRuns } from './process/child-runs';
import { Deadlines } from './process/deadlines';
import { Locks } from './process/locks';
import { OneOffSchedules } from './process/one-off-schedules';
import { ClaimTaskRunHandler } from './application/claim-task-run.handler';
import { ClaimWorkflowRunHandler } from './application/claim-workflow-run.handler';
import { ExpireLeaseHandler } from './application/expire-lease.handler';
import { DeliverEventHandler } from './application/deliver-event.handler';
import { FinalizeWorkflowRunHandler } from './application/finalize-workflow-run.handler';
import { PlanRetryHandler } from './application/plan-retry.handler';
import { RetryWorkflowRunHandler } from './application/retry-workflow-run.handler';
import { RunCommander } from './application/run-commander';
import { RunNames } from './application/run-names';
import { RunComposer } from './application/run-composer';
import { RunSourceMemory } from './application/run-sources';
import { CountWorkflowRunsHandler } from './application/count-workflow-runs.handler';
import { FindPlanTextHandler } from './application/find-plan-text.handler';
import { FindTaskRunHandler } from './application/find-task-run.handler';
import { DiffWorkflowRunHandler } from './application/diff-workflow-run.handler';
import { ExplainWorkflowRunHandler } from './application/explain-workflow-run.handler';
import { ListRunEventsHandler } from './application/list-run-events.handler';
import { RunFactsFinder } from './application/run-facts-finder';
import { RunHistory } from './application/run-history';
import { GetWorkflowRunHandler } from './application/get-workflow-run.handler';
import { FindTeamOfRunHandler } from './application/find-team-of-run.handler';
import { FindWorkflowsOfRunsHandler } from './application/find-workflows-of-runs.handler';
import { SearchWorkflowRunsHandler } from './application/search-workflow-runs.handler';
import { LabelInterest } from './application/label-interest';
import { LabelCounter } from './application/label-counter';
import { RunsWorker } from './process/runs-worker';
import { StartWorkflowRunHandler } from './application/start-workflow-run.handler';
import { RequestWorkflowRunHandler } from './application/request-workflow-run.handler';
import { SubmitWorkflowRunHandler } from './application/submit-workflow-run.handler';
import { FindTeamUsageHandler } from './application/find-team-usage.handler';
import { DecideTaskActionsHandler } from './application/decide-task-actions.handler';
import { FindTaskOutputHandler } from './application/find-task-output.handler';
import { TellLockHolderHandler } from './application/tell-lock-holder.handler';
import { ReportTaskRunHandler } from './application/report-task-run.handler';
import { GetInsightsHandler } from './application/get-insights.handler';
import { SearchRunTextsHandler } from './application/search-text.handler';
import { ViewFollowers } from './application/views/view-followers';
import { InsightsController } from './http/insights.controller';
import { RunHistoryController } from './http/run-history.controller';
import { SubmitController } from './http/submit.controller';
import { EventStreams } from './http/event-streams';
import { RunWaits } from './http/run-waits';
import { EventAnswers } from './http/event-answers';
import { LiveActionsController } from './http/live-actions.controller';
import { LiveAgentsController } from './http/live-agents.controller';
import { LiveRunsController } from './http/live-runs.controller';
import { LiveEvents } from './application/live/live-events';
import { LiveRuns } from './application/live/live-runs';
import { MissedEvents } from './application/live/missed-events';
import { RunStandings } from './application/live/run-standings';
import { TraceExport } from './application/traces/trace-export';
import { WorkflowRunController } from './http/workflow-run.controller';

/** The program provides the category of runs (`RUN_CATEGORY`), because it knows how long a lease lasts. */
@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [
    LiveRunsController,
    LiveActionsController,
    LiveAgentsController,
    WorkflowRunController,
    RunHistoryController,
    InsightsController,
    SubmitController,
  ],
  providers: [
    RunCommander,
    EventAnswers,
    EventStreams,
    RunWaits,
    LiveEvents,
    LiveRuns,
    MissedEvents,
    RunStandings,
    TraceExport,
    RunComposer,
    RunSourceMemory,
    RunNames,
    RunsWorker,
    LabelCounter,
    LabelInterest,
    ViewFollowers,
    Approvals,
    AutomaticRetry,
    ChildRuns,
    ChildCancellation,
    Deadlines,
    Locks,
    OneOffSchedules,
    SubmitWorkflowRunHandler,
    StartWorkflowRunHandler,
    CancelWorkflowRunHandler,
    FinalizeWorkflowRunHandler,
    RequestWorkflowRunHandler,
    RetryWorkflowRunHandler,
    PlanRetryHandler,
    ReportTaskRunHandler,
    DecideTaskActionsHandler,
    FindTaskOutputHandler,
    TellLockHolderHandler,
    ClaimTaskRunHandler,
    ClaimWorkflowRunHandler,
    ExpireLeaseHandler,
    GetWorkflowRunHandler,
    DiffWorkflowRunHandler,
    ExplainWorkflowRunHandler,
    ListRunEventsHandler,
    RunHistory,
    RunFactsFinder,
    SearchWorkflowRunsHandler,
    CountWorkflowRunsHandler,
    GetInsightsHandler,
    SearchRunTextsHandler,
    FindPlanTextHandler,
    FindTaskRunHandler,
    DeliverEventHandler,
    FindTeamUsageHandler,
    FindTeamOfRunHandler,
    FindWorkflowsOfRunsHandler,
    SelectRunsHandler,
    CancelRunOfBulkHandler,
    RetryRunOfBulkHandler,
  ],
  exports: [LabelCounter, LiveRuns, RunsWorker, TraceExport, ViewFollowers],
})
export class RunsModule {}
