import { QueryHandler } from '#libs/bus';
import { FindWorkflowRevision, type WorkflowRevision } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';
import { unknownRevision } from './unknown-revision';

@QueryHandler(FindWorkflowRevision)
export class FindWorkflowRevisionHandler implements IQueryHandler<FindWorkflowRevision> {
  constructor(private readonly store: WorkflowStore) {}

  async execute({ reach, nameOrId, version }: FindWorkflowRevision): Promise<WorkflowRevision> {
    const revision = await this.store.runnable(reach, nameOrId, version);
    if (!revision) throw unknownRevision();
    return revision;
  }
}
