import { QueryHandler } from '#libs/bus';
import { FindWorkflowNamesAt, type WorkflowName } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowSaves } from '../read/workflow-saves';
import { WorkflowStore } from '../read/workflow-store';

@QueryHandler(FindWorkflowNamesAt)
export class FindWorkflowNamesAtHandler implements IQueryHandler<FindWorkflowNamesAt> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly saves: WorkflowSaves,
  ) {}

  async execute({ reach, ids, moment }: FindWorkflowNamesAt): Promise<ReadonlyMap<string, WorkflowName>> {
    const names = new Map(await this.store.namesOf(reach, ids));
    for (const id of names.keys()) {
      const name = await this.saves.nameAt(id, moment);
      if (name) names.set(id, name);
    }
    return names;
  }
}
