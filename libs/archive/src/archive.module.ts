import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Archivist } from './application/archivist';
import { Compactor } from './application/compactor';
import { FindArchivedRunHandler } from './application/find-archived-run.handler';
import { ArchiveWorker } from './application/archive-worker';
import { ArchiveStore } from './read/archive-store';

@Module({
  imports: [CqrsModule],
  providers: [ArchiveStore, Archivist, Compactor, ArchiveWorker, FindArchivedRunHandler],
  exports: [ArchiveWorker],
})
export class ArchiveModule {}
