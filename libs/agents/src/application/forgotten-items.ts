import { ExpireLease, serverReach } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type NamedItem, QueueStore } from './queue-store';
import { LEASE_SECONDS } from './leases';

/** Takes back what an agent holds and has forgotten: a task that nobody works on would run for ever while its agent lives. */
@Injectable()
export class ForgottenItems {
  constructor(
    private readonly queue: QueueStore,
    private readonly commands: CommandBus,
    @Inject(LEASE_SECONDS) private readonly leaseSeconds: number,
  ) {}

  /** What the agent has started and has not named for a quarter of the lease goes back to whoever asks next. */
  async takeBack(agentId: string, named: readonly NamedItem[]): Promise<void> {
    const known = named.filter(({ id }) => isId(id));
    for (const { kind, runId, id, fence } of await this.queue.unnamed(agentId, known, this.leaseSeconds / 4)) {
      await this.commands.execute(new ExpireLease(serverReach, kind, runId, id, fence));
    }
  }
}
