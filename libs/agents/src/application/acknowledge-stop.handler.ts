import { CommandHandler } from '#libs/bus';
import { AcknowledgeStop } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { QueueStore } from '../read/queue-store';

/** The caller must check that the sender held the task. */
@CommandHandler(AcknowledgeStop)
export class AcknowledgeStopHandler implements ICommandHandler<AcknowledgeStop> {
  constructor(private readonly queue: QueueStore) {}

  async execute({ taskRunId }: AcknowledgeStop): Promise<void> {
    await this.queue.acknowledge(taskRunId);
  }
}
