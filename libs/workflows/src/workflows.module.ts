import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CatalogueTasks } from './application/catalogue-tasks';
import { DeleteWorkflowHandler } from './application/delete-workflow.handler';
import { SaveWorkflowHandler } from './application/save-workflow.handler';
import {
  FindTeamOfWorkflowHandler,
  FindTriggeredWorkflowsHandler,
  FindWorkflowIdsHandler,
  FindWorkflowRevisionHandler,
  FindWorkflowSummariesHandler,
  GetWorkflowHandler,
  ListWorkflowsHandler,
} from './application/workflow-queries.handlers';
import { WorkflowController } from './http/workflow.controller';
import { WorkflowStore } from './read/workflow-store';

@Module({
  imports: [CqrsModule],
  controllers: [WorkflowController],
  providers: [
    WorkflowStore,
    CatalogueTasks,
    SaveWorkflowHandler,
    DeleteWorkflowHandler,
    GetWorkflowHandler,
    ListWorkflowsHandler,
    FindWorkflowRevisionHandler,
    FindWorkflowSummariesHandler,
    FindWorkflowIdsHandler,
    FindTeamOfWorkflowHandler,
    FindTriggeredWorkflowsHandler,
  ],
})
export class WorkflowsModule {}
