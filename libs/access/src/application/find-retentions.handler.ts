import { QueryHandler } from '#libs/bus';
import { FindRetentions, type TeamRetention } from '#libs/contracts';
import type { IQueryHandler } from '@nestjs/cqrs';
import { AccessStore } from '../read/access-store';

@QueryHandler(FindRetentions)
export class FindRetentionsHandler implements IQueryHandler<FindRetentions> {
  constructor(private readonly store: AccessStore) {}

  execute(): Promise<readonly TeamRetention[]> {
    return this.store.retentions();
  }
}
