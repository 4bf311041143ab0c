import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { DeleteTaskHandler } from './application/delete-task.handler';
import { FindCatalogueTaskHandler } from './application/find-catalogue-task.handler';
import { GetTaskHandler } from './application/get-task.handler';
import { ListTaskChangesHandler } from './application/list-task-changes.handler';
import { ListTasksHandler } from './application/list-tasks.handler';
import { SaveTaskHandler } from './application/save-task.handler';
import { GlobalTaskController } from './http/global-task.controller';
import { TaskRoutes } from './http/task-routes';
import { TeamTaskController } from './http/team-task.controller';
import { CatalogueStore } from './read/catalogue-store';

@Module({
  imports: [CqrsModule],
  controllers: [GlobalTaskController, TeamTaskController],
  providers: [
    CatalogueStore,
    TaskRoutes,
    SaveTaskHandler,
    DeleteTaskHandler,
    GetTaskHandler,
    ListTasksHandler,
    ListTaskChangesHandler,
    FindCatalogueTaskHandler,
  ],
})
export class CatalogueModule {}
