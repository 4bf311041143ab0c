import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  DeleteTaskHandler,
  FindCatalogueTaskHandler,
  GetTaskHandler,
  ListTaskChangesHandler,
  ListTasksHandler,
  SaveTaskHandler,
} from './application/catalogue.handlers';
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
