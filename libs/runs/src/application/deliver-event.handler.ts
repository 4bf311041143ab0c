import { DeliverEvent, type WorkflowRunBody } from '#libs/contracts';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { RunCommander } from './run-commander';

@CommandHandler(DeliverEvent)
export class DeliverEventHandler implements ICommandHandler<DeliverEvent> {
  constructor(private readonly runs: RunCommander) {}

  execute({ delivery }: DeliverEvent): Promise<WorkflowRunBody> {
    const { runId, scope, topic, status, data, actor, requestId } = delivery;
    const command = { type: 'ReceiveEvent' as const, topic, status, data, ...(scope && { scope }) };
    const metadata = { actor, reason: `event ${topic}`.slice(0, 200), ...(requestId !== undefined && { requestId }) };
    return this.runs.execute(runId, command, { metadata }, (state, now) => toRunBody(state, now));
  }
}
