import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { BulkAnswers } from './application/bulk-answers';
import { CancelBulkHandler } from './application/cancel-bulk.handler';
import { CreateBulkHandler } from './application/create-bulk.handler';
import { GetBulkHandler } from './application/get-bulk.handler';
import { ListBulkRunsHandler } from './application/list-bulk-runs.handler';
import { ListBulksHandler } from './application/list-bulks.handler';
import { PreviewBulkHandler } from './application/preview-bulk.handler';
import { BulkController } from './http/bulk.controller';
import { BulkWorker } from './process/bulk-worker';
import { BulkStore } from './read/bulk-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [BulkController],
  providers: [
    BulkStore,
    BulkAnswers,
    BulkWorker,
    CreateBulkHandler,
    PreviewBulkHandler,
    CancelBulkHandler,
    GetBulkHandler,
    ListBulksHandler,
    ListBulkRunsHandler,
  ],
  exports: [BulkWorker],
})
export class BulkModule {}
