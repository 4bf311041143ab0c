import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TransparencyWorker } from './application/transparency-worker';
import { TreeBuilder } from './application/tree-builder';
import { WorkLog } from './application/work-log';
import { TreeStore } from './read/tree-store';

@Module({
  imports: [CqrsModule],
  providers: [TreeStore, WorkLog, TreeBuilder, TransparencyWorker],
  exports: [TransparencyWorker],
})
export class TransparencyModule {}
