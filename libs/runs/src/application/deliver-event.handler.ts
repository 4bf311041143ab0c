import { CommandHandler } from '#libs/bus';
import { DeliverEvent, type WorkflowRunBody } from '#libs/contracts';
import { type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { RunCommander } from './run-commander';

@CommandHandler(DeliverEvent)
export class DeliverEventHandler implements ICommandHandler<DeliverEvent> {
  constructor(private readonly runs: RunCommander) {}

  execute({ reach, delivery }: DeliverEvent): Promise<WorkflowRunBody> {
    const { runId, topic, status, data, actor, origin, reason, receipt } = delivery;
    const command = { type: 'ReceiveEvent' as const, topic, status, data };
    const metadata = {
      actor,
      reason: reason ?? `event ${topic}`.slice(0, 200),
      ...origin,
    };
    const context = { metadata, ...(receipt && { receipt: { requestHash: receipt.key, ...receipt } }) };
    return this.runs.execute(reach, runId, command, context, (state, now) => toRunBody(state, now));
  }
}
