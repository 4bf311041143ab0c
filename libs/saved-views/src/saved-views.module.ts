import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CreateSavedViewHandler } from './application/create-saved-view.handler';
import { DeleteSavedViewHandler } from './application/delete-saved-view.handler';
import { ListSavedViewsHandler } from './application/list-saved-views.handler';
import { UpdateSavedViewHandler } from './application/update-saved-view.handler';
import { SavedViewController } from './http/saved-view.controller';
import { SavedViewStore } from './read/saved-view-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [SavedViewController],
  providers: [
    SavedViewStore,
    CreateSavedViewHandler,
    UpdateSavedViewHandler,
    DeleteSavedViewHandler,
    ListSavedViewsHandler,
  ],
})
export class SavedViewsModule {}
