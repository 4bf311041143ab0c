import { QueryHandler } from '#libs/bus';
import { CountChangesBy } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { AuditStore } from '../read/audit-store';
import { AuditIndex } from './audit-index';

@QueryHandler(CountChangesBy)
export class CountChangesByHandler implements IQueryHandler<CountChangesBy> {
  constructor(
    private readonly store: AuditStore,
    private readonly index: AuditIndex,
  ) {}

  async execute({ reach, actor }: CountChangesBy): Promise<number> {
    await this.index.advance();
    return this.store.countBy(reach, actor);
  }
}
