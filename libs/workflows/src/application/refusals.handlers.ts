import { CommandHandler, QueryHandler } from '#libs/bus';
import { type ReachInTeam, RecordRefusal, type WorkflowRefusalBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { type ICommandHandler, type IQueryHandler, Query } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';
import { workflowCategory } from './workflow-category';

@CommandHandler(RecordRefusal)
export class RecordRefusalHandler implements ICommandHandler<RecordRefusal> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: WorkflowStore,
  ) {}

  async execute({ reach, refusal }: RecordRefusal): Promise<null> {
    const { workflowId, trigger, reason, message, actor, requestId } = refusal;
    const workflow = await this.store.find(reach, workflowId);
    if (!workflow) throw unknownWorkflow();
    const kept = { at: Date.now(), trigger, reason, message: message.slice(0, 1000) };
    const metadata = { actor, requestId, teamId: reach.team.id };
    const command = { type: 'RefuseTrigger' as const, refusal: kept };
    await this.processor.execute(workflowCategory, { streamId: workflow.id, command, metadata });
    return null;
  }
}

/** Webhooks and events for a workflow that made no run, newest first: 20 at most. */
export class ListRefusals extends Query<WorkflowRefusalBody[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
  ) {
    super();
  }
}

@QueryHandler(ListRefusals)
export class ListRefusalsHandler implements IQueryHandler<ListRefusals> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, nameOrId }: ListRefusals): Promise<WorkflowRefusalBody[]> {
    const workflow = await this.store.find(reach, nameOrId);
    if (!workflow) throw unknownWorkflow();
    return (workflow.refusals ?? []).map(({ at, trigger, reason, message }) => ({
      date: toTimestamp(at),
      trigger,
      reason,
      message,
    }));
  }
}
