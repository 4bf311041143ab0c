import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ClaimLockHandler } from './application/claim-lock.handler';
import { FindLocksHandler } from './application/find-locks.handler';
import { LeaveLockHandler } from './application/leave-lock.handler';
import { Locks } from './application/locks';
import { LocksWorker } from './process/locks-worker';

@Module({
  imports: [CqrsModule],
  providers: [Locks, LocksWorker, ClaimLockHandler, LeaveLockHandler, FindLocksHandler],
  exports: [LocksWorker],
})
export class LocksModule {}
