import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { DecideActionsHandler } from './application/decide-actions.handler';
import { GetActionHandler } from './application/get-action.handler';
import { SearchActionsHandler } from './application/search-actions.handler';
import { SummariseActionsHandler } from './application/summarise-actions.handler';
import { ActionController } from './http/action.controller';
import { ActionStore } from './read/action-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [ActionController],
  providers: [ActionStore, GetActionHandler, SearchActionsHandler, SummariseActionsHandler, DecideActionsHandler],
})
export class PeopleModule {}
