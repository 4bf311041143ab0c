import { CommandHandler } from '#libs/bus';
import type { Reach } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { QueueStore } from './queue-store';

/** The agent that held this task knows that it has ended, and has stopped it. Whether the sender held it is the sender's to have checked. */
export class AcknowledgeStop {
  constructor(
    readonly reach: Reach,
    readonly taskRunId: string,
  ) {}
}

@CommandHandler(AcknowledgeStop)
export class AcknowledgeStopHandler implements ICommandHandler<AcknowledgeStop> {
  constructor(private readonly queue: QueueStore) {}

  async execute({ taskRunId }: AcknowledgeStop): Promise<void> {
    await this.queue.acknowledge(taskRunId);
  }
}
