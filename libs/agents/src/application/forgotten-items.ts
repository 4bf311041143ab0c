import { ExpireLease, serverReach } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type NamedItem, QueueStore } from './queue-store';
import { LEASE_SECONDS } from './leases';

/**
 * Takes back items that an agent holds but has forgotten: otherwise a task that nobody works on would run as long as
 * its agent lives.
 */
@Injectable()
export class ForgottenItems {
  constructor(
    private readonly queue: QueueStore,
    private readonly commands: CommandBus,
    @Inject(LEASE_SECONDS) private readonly leaseSeconds: number,
  ) {}

  /** If an agent has started an item and not named it for a quarter of the lease, the next agent that polls gets it. */
  async takeBack(agentId: string, named: readonly NamedItem[]): Promise<void> {
    const known = named.filter(({ id }) => isId(id));
    for (const { kind, runId, id, fence } of await this.queue.unnamed(agentId, known, this.leaseSeconds / 4)) {
      await this.commands.execute(new ExpireLease(serverReach, kind, runId, id, fence));
    }
  }
}
