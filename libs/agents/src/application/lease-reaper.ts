import { ExpireLease, serverReach } from '#libs/contracts';
import type { CommandBus } from '@nestjs/cqrs';
import type { LeaseStore } from './lease-store';
import type { QueueStore } from './queue-store';

/**
 * Ends leases that ran out, so that what a dead agent held is given to another. It tells the database every interval that it is there, also
 * while it sweeps; after a time in which no server did, nothing is taken for one lease.
 */
export class LeaseReaper {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<unknown> | null = null;
  private sweeping: Promise<void> | null = null;

  constructor(
    private readonly leases: LeaseStore,
    private readonly queue: QueueStore,
    private readonly commands: CommandBus,
    private readonly leaseSeconds: number,
    private readonly onError: (error: unknown) => void,
    /** Milliseconds between looks. */
    private readonly interval = 1000,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.looking ??= this.look()
        .catch(this.onError)
        .finally(() => (this.looking = null));
    }, this.interval);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.looking;
    await this.sweeping;
  }

  private async look(): Promise<void> {
    if (!(await this.leases.mayTake(this.leaseSeconds))) return;
    this.sweeping ??= this.sweep()
      .catch(this.onError)
      .finally(() => (this.sweeping = null));
  }

  private async sweep(): Promise<void> {
    const expired = await this.queue.expired(500);
    await Promise.all(
      expired.map(({ kind, runId, id, fence }) =>
        this.commands.execute(new ExpireLease(serverReach, kind, runId, id, fence)),
      ),
    );
    await this.queue.forgetStopped();
  }
}
