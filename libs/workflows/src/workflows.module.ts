import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ApproverQuorums } from './application/approver-quorums';
import { CatalogueTasks } from './application/catalogue-tasks';
import { DuplicateWorkflowHandler } from './application/duplicate-workflow.handler';
import { SaveCanvasHandler } from './application/save-canvas.handler';
import { DefinitionFormsController } from './http/definition-forms.controller';
import { DefinitionPreparer } from './application/definition-preparer';
import { ValidateWorkflowHandler } from './application/validate-workflow.handler';
import { DeleteWorkflowHandler } from './application/delete-workflow.handler';
import { SaveWorkflowHandler } from './application/save-workflow.handler';
import { FindTeamOfWorkflowHandler } from './application/find-team-of-workflow.handler';
import { FindScheduledWorkflowsHandler } from './application/find-scheduled-workflows.handler';
import { FindTriggeredWorkflowsHandler } from './application/find-triggered-workflows.handler';
import { FindWorkflowIdsHandler } from './application/find-workflow-ids.handler';
import { FindWorkflowNamesAtHandler } from './application/find-workflow-names-at.handler';
import { FindWorkflowNamesHandler } from './application/find-workflow-names.handler';
import { FindWorkflowRevisionHandler } from './application/find-workflow-revision.handler';
import { FindWorkflowsNamedHandler } from './application/find-workflows-named.handler';
import { FindWorkflowSummariesHandler } from './application/find-workflow-summaries.handler';
import { ListAvailableParametersHandler } from './application/list-available-parameters.handler';
import { ListWorkflowChangesHandler } from './application/list-workflow-changes.handler';
import { GetWorkflowHandler } from './application/get-workflow.handler';
import { ListWorkflowsHandler } from './application/list-workflows.handler';
import { WorkflowController } from './http/workflow.controller';
import { ListRefusalsHandler } from './application/list-refusals.handler';
import { RecordRefusalHandler } from './application/record-refusal.handler';
import { DiffWorkflowHandler } from './application/diff-workflow.handler';
import { ListWorkflowEventsHandler } from './application/list-workflow-events.handler';
import { ListWorkflowSavesHandler } from './application/list-workflow-saves.handler';
import { WorkflowHistoryController } from './http/workflow-history.controller';
import { WorkflowSaves } from './read/workflow-saves';
import { WorkflowStore } from './read/workflow-store';

@Module({
  imports: [CqrsModule],
  controllers: [WorkflowController, DefinitionFormsController, WorkflowHistoryController],
  providers: [
    WorkflowStore,
    WorkflowSaves,
    ListWorkflowEventsHandler,
    ListWorkflowSavesHandler,
    DiffWorkflowHandler,
    ApproverQuorums,
    CatalogueTasks,
    DefinitionPreparer,
    SaveWorkflowHandler,
    ValidateWorkflowHandler,
    DeleteWorkflowHandler,
    GetWorkflowHandler,
    ListWorkflowsHandler,
    FindWorkflowRevisionHandler,
    FindWorkflowSummariesHandler,
    ListAvailableParametersHandler,
    ListWorkflowChangesHandler,
    DuplicateWorkflowHandler,
    SaveCanvasHandler,
    FindWorkflowIdsHandler,
    FindWorkflowNamesHandler,
    FindWorkflowNamesAtHandler,
    FindWorkflowsNamedHandler,
    FindTeamOfWorkflowHandler,
    FindTriggeredWorkflowsHandler,
    FindScheduledWorkflowsHandler,
    RecordRefusalHandler,
    ListRefusalsHandler,
  ],
})
export class WorkflowsModule {}
