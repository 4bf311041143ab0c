import { serverReach } from '#libs/contracts';
import type { Clock } from '#libs/kernel';
import { CommandProcessor, type Timers } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { LockClaim, LockCommand, LockState, NamedClaim } from '../../domain';
import { CLOCK } from '../clock.token';
import { RunCommander, unlessRefused } from '../run-commander';
import { lockCategory } from './lock-category';
import { type LockPorts, LockProtocol } from './lock-protocol';

/** Connects runs and their team's locks over the ledger: puts waiting claims into the queue, and tells new holders. */
@Injectable()
export class Locks {
  private readonly protocol: LockProtocol;

  constructor(
    private readonly runs: RunCommander,
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const ports: LockPorts = {
      findRun: (runId) => this.runs.findMade(serverReach, runId),
      findLock: async (lockId) => (await this.processor.load(lockCategory, lockId))?.state ?? null,
      grant: (claim) => this.tell(claim),
      request: (lockId, teamId, claim) =>
        this.send(lockId, { type: 'RequestLock', now: this.clock.now(), ...claim, lockId, teamId }),
      release: (lockId, claim: LockClaim) =>
        this.send(lockId, { type: 'ReleaseLock', now: this.clock.now(), ...claim }),
    };
    this.protocol = new LockProtocol(ports);
  }

  register(timers: Timers): void {
    timers.on('lock-request', ({ streamId, itemId }) => this.protocol.request(streamId, itemId));
    timers.on('lock-grant', ({ streamId }) => this.protocol.grant(streamId));
    timers.on('lock-release', ({ streamId, itemId }) => this.protocol.release(streamId, itemId));
  }

  private tell({ runId, taskId, tries, key }: NamedClaim) {
    const context = { metadata: { actor: 'system:locks', reason: 'lock granted' } };
    const command = { type: 'GrantLock' as const, taskId, tries, key };
    return unlessRefused(this.runs.execute(serverReach, runId, command, context, (state) => state));
  }

  private async send(lockId: string, command: LockCommand): Promise<LockState | null> {
    const metadata = { actor: 'system:locks', causationId: command.runId };
    const outcome = await this.processor.execute(lockCategory, { streamId: lockId, command, metadata });
    const isGranted = 'events' in outcome && outcome.events.some(({ type }) => type === 'LockGranted');
    return isGranted ? outcome.state : null;
  }
}
