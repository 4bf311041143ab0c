import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type WorkflowRefusalBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { unknownWorkflow } from '../domain';
import { WorkflowStore } from '../read/workflow-store';

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
