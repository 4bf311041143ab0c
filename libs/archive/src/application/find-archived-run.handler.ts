import { QueryHandler } from '#libs/bus';
import { type ArchivedRun, FindArchivedRun, reaches } from '#libs/contracts';
import { isId } from '#libs/kernel';
import type { IQueryHandler } from '@nestjs/cqrs';
import { ArchiveStore } from '../read/archive-store';

@QueryHandler(FindArchivedRun)
export class FindArchivedRunHandler implements IQueryHandler<FindArchivedRun> {
  constructor(private readonly store: ArchiveStore) {}

  async execute({ reach, runId }: FindArchivedRun): Promise<ArchivedRun | null> {
    const found = isId(runId) ? await this.store.find(runId) : null;
    return found && reaches(reach, found) ? found : null;
  }
}
