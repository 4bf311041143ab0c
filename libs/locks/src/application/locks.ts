import { serverReach, TellLockHolder } from '#libs/contracts';
import { type Clock, CLOCK } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { LockCommand, LockState } from '../domain';
import { lockCategory } from './lock-category';
import { LockProtocol } from './lock-protocol';

/** The protocol over the ledger and the bus. */
@Injectable()
export class Locks {
  readonly protocol: LockProtocol;

  constructor(
    private readonly processor: CommandProcessor,
    commands: CommandBus,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.protocol = new LockProtocol({
      find: async (lockId) => (await processor.load(lockCategory, lockId))?.state ?? null,
      request: (lockId, teamId, claim) =>
        this.send(lockId, { type: 'RequestLock', now: clock.now(), ...claim, lockId, teamId }),
      release: (lockId, claim) => this.send(lockId, { type: 'ReleaseLock', now: clock.now(), ...claim }),
      tell: (claim, lockId) =>
        commands.execute<TellLockHolder, TellLockHolder['answer']>(new TellLockHolder(serverReach, lockId, claim)),
    });
  }

  private async send(lockId: string, command: LockCommand): Promise<LockState | null> {
    const metadata = { actor: 'system:locks', causationId: command.runId };
    const outcome = await this.processor.execute(lockCategory, { streamId: lockId, command, metadata });
    const isGranted = 'events' in outcome && outcome.events.some(({ type }) => type === 'LockGranted');
    return isGranted ? outcome.state : null;
  }
}
