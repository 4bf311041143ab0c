import { CommandHandler } from '#libs/bus';
import { LeaveLock } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Locks } from './locks';

@CommandHandler(LeaveLock)
export class LeaveLockHandler implements ICommandHandler<LeaveLock> {
  constructor(private readonly locks: Locks) {}

  execute({ reach, claim }: LeaveLock): Promise<void> {
    return this.locks.protocol.release(reach.team.id, claim);
  }
}
