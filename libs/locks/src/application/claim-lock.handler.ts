import { CommandHandler } from '#libs/bus';
import { ClaimLock } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Locks } from './locks';

@CommandHandler(ClaimLock)
export class ClaimLockHandler implements ICommandHandler<ClaimLock> {
  constructor(private readonly locks: Locks) {}

  execute({ reach, claim }: ClaimLock): Promise<void> {
    return this.locks.protocol.request(reach.team.id, claim);
  }
}
