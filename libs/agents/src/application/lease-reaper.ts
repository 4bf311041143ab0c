import { ExpireLease, serverReach } from '#libs/contracts';
import type { CommandBus } from '@nestjs/cqrs';
import type { QueueStore } from '../read/queue-store';

/** Ends leases that ran out, so that what a dead agent held is given to another. */
export class LeaseReaper {
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly store: QueueStore,
    private readonly commands: CommandBus,
    private readonly onError: (error: unknown) => void,
    /** Milliseconds between looks. */
    private readonly interval = 1000,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep()
        .catch(this.onError)
        .finally(() => {
          this.sweeping = null;
          this.start();
        });
    }, this.interval);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const expired = await this.store.expired(500);
    await Promise.all(
      expired.map(({ kind, runId, id, fence }) =>
        this.commands.execute(new ExpireLease(serverReach, kind, runId, id, fence)),
      ),
    );
    await this.store.forgetStopped();
  }
}
