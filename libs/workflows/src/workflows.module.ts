import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ApproverQuorums } from './application/approver-quorums';
import { CatalogueTasks } from './application/catalogue-tasks';
import { DuplicateWorkflowHandler, SaveCanvasHandler } from './application/derive-workflow.handlers';
import { DefinitionFormsController } from './http/definition-forms.controller';
import { DeleteWorkflowHandler } from './application/delete-workflow.handler';
import { SaveWorkflowHandler } from './application/save-workflow.handler';
import {
  FindTeamOfWorkflowHandler,
  FindScheduledWorkflowsHandler,
  FindTriggeredWorkflowsHandler,
  FindWorkflowIdsHandler,
  FindWorkflowNamesHandler,
  FindWorkflowRevisionHandler,
  FindWorkflowsNamedHandler,
  FindWorkflowSummariesHandler,
  ListAvailableParametersHandler,
  ListWorkflowChangesHandler,
  GetWorkflowHandler,
  ListWorkflowsHandler,
} from './application/workflow-queries.handlers';
import { WorkflowController } from './http/workflow.controller';
import { ListRefusalsHandler, RecordRefusalHandler } from './application/refusals.handlers';
import { WorkflowStore } from './read/workflow-store';

@Module({
  imports: [CqrsModule],
  controllers: [WorkflowController, DefinitionFormsController],
  providers: [
    WorkflowStore,
    ApproverQuorums,
    CatalogueTasks,
    SaveWorkflowHandler,
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
    FindWorkflowsNamedHandler,
    FindTeamOfWorkflowHandler,
    FindTriggeredWorkflowsHandler,
    FindScheduledWorkflowsHandler,
    RecordRefusalHandler,
    ListRefusalsHandler,
  ],
})
export class WorkflowsModule {}
