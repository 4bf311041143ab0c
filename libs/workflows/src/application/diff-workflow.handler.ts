import { QueryHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import type { JsonChange } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { revisionDifference } from '../read/shown-save';
import { WorkflowSaves } from '../read/workflow-saves';
import { WorkflowStore } from '../read/workflow-store';
import { unknownRevision } from './unknown-revision';

/** What differs between two revisions of a workflow, by their numbers. */
export class DiffWorkflow extends Query<JsonChange[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly from: number,
    readonly to: number,
  ) {
    super();
  }
}

@QueryHandler(DiffWorkflow)
export class DiffWorkflowHandler implements IQueryHandler<DiffWorkflow> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly saves: WorkflowSaves,
  ) {}

  async execute({ reach, nameOrId, from, to }: DiffWorkflow): Promise<JsonChange[]> {
    const { id } = await this.store.getEvenDeleted(reach, nameOrId);
    const [before, after] = await Promise.all([this.saves.ofRevision(id, from), this.saves.ofRevision(id, to)]);
    if (!before || !after) throw unknownRevision();
    return revisionDifference(before, after);
  }
}
