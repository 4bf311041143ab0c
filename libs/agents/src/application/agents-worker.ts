import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LeaseStore } from './lease-store';
import { QueueStore } from './queue-store';
import { LeaseReaper } from './lease-reaper';
import { Leases } from './leases';
import { Registration } from './registration';

/** Milliseconds between looks for agents that nobody has heard of for long. */
const forgetting = 3_600_000;

/** What a process with the role `worker` does for agents. Started and stopped by the program. */
@Injectable()
export class AgentsWorker {
  private reaper: LeaseReaper | null = null;
  private timer: NodeJS.Timeout | null = null;
  private forgetting: Promise<void> | null = null;

  constructor(
    private readonly store: LeaseStore,
    private readonly queue: QueueStore,
    private readonly leases: Leases,
    private readonly commands: CommandBus,
    private readonly registration: Registration,
  ) {}

  start(onError: (error: unknown) => void): void {
    this.reaper = new LeaseReaper(this.store, this.queue, this.commands, this.leases.seconds, onError);
    this.reaper.start();
    this.timer = setInterval(() => {
      this.forgetting = this.registration.forgetSilent().catch(onError);
    }, forgetting).unref();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.forgetting;
    await this.reaper?.stop();
  }
}
