import { QueryHandler } from '#libs/bus';
import type { AuditPageBody, Reach } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import type { AuditFilters, AuditPageRequest } from '../read/audit-store';
import { AuditEntries } from './audit-entries';

export class SearchAudit extends Query<AuditPageBody> {
  constructor(
    readonly reach: Reach,
    readonly filters: AuditFilters,
    readonly page: Omit<AuditPageRequest, 'upTo'>,
  ) {
    super();
  }
}

@QueryHandler(SearchAudit)
export class SearchAuditHandler implements IQueryHandler<SearchAudit> {
  constructor(private readonly entries: AuditEntries) {}

  execute({ reach, filters, page }: SearchAudit): Promise<AuditPageBody> {
    return this.entries.page(reach, filters, page);
  }
}
