import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { QueueStore } from '../read/queue-store';
import { LeaseReaper } from './lease-reaper';

/** What a process with the role `worker` does for agents. Started and stopped by the program. */
@Injectable()
export class AgentsWorker {
  private reaper: LeaseReaper | null = null;

  constructor(
    private readonly queue: QueueStore,
    private readonly commands: CommandBus,
  ) {}

  start(onError: (error: unknown) => void): void {
    this.reaper = new LeaseReaper(this.queue, this.commands, onError);
    this.reaper.start();
  }

  async stop(): Promise<void> {
    await this.reaper?.stop();
  }
}
