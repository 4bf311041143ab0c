import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Archivist } from './application/archivist';
import { Compactor } from './application/compactor';
import { FindArchivedRunHandler } from './application/find-archived-run.handler';
import { OneAtATime } from './application/one-at-a-time';
import { ArchiveWorker } from './process/archive-worker';
import { ArchiveStore } from './read/archive-store';

@Module({
  imports: [CqrsModule],
  providers: [ArchiveStore, Archivist, Compactor, OneAtATime, ArchiveWorker, FindArchivedRunHandler],
  exports: [ArchiveWorker],
})
export class ArchiveModule {}
