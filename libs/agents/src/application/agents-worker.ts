import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LeaseStore } from '../read/lease-store';
import { QueueStore } from '../read/queue-store';
import { LeaseReaper } from './lease-reaper';
import { Leases } from './leases';

/** What a process with the role `worker` does for agents. Started and stopped by the program. */
@Injectable()
export class AgentsWorker {
  private reaper: LeaseReaper | null = null;

  constructor(
    private readonly store: LeaseStore,
    private readonly queue: QueueStore,
    private readonly leases: Leases,
    private readonly commands: CommandBus,
  ) {}

  start(onError: (error: unknown) => void): void {
    this.reaper = new LeaseReaper(this.store, this.queue, this.commands, this.leases.seconds, onError);
    this.reaper.start();
  }

  async stop(): Promise<void> {
    await this.reaper?.stop();
  }
}
