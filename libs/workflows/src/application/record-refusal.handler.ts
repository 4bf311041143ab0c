import { type Clock, CLOCK } from '#libs/kernel';
import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { RecordRefusal } from '#libs/contracts';
import { CommandProcessor } from '#libs/ledger';
import { type ICommandHandler } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { workflowCategory } from './workflow-category';

@CommandHandler(RecordRefusal)
export class RecordRefusalHandler implements ICommandHandler<RecordRefusal> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: WorkflowStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, refusal }: RecordRefusal): Promise<null> {
    const { workflowId, trigger, reason, message, actor, origin } = refusal;
    const workflow = await this.store.find(reach, workflowId);
    if (!workflow) throw unknownWorkflow();
    const kept = { at: this.clock.now(), trigger, reason, message: message.slice(0, 1000) };
    const metadata = { actor, ...origin, teamId: reach.team.id };
    const command = { type: 'RefuseTrigger' as const, refusal: kept };
    await this.processor.execute(workflowCategory, { streamId: workflow.id, command, metadata });
    return null;
  }
}
