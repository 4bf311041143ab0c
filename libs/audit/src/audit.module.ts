import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AttemptRecorder } from './application/attempt-recorder';
import { AuditEntries } from './application/audit-entries';
import { AuditIndex } from './application/audit-index';
import { CountChangesByHandler } from './application/count-changes-by.handler';
import { ExportAuditHandler } from './application/export-audit.handler';
import { VerifyLedgerHandler } from './application/verify-ledger.handler';
import { SearchAuditHandler } from './application/search-audit.handler';
import { RecordNewOriginHandler } from './application/record-new-origin.handler';
import { AuditController } from './http/audit.controller';
import { AuditWorker } from './process/audit-worker';
import { AuditStore } from './read/audit-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [AuditController],
  providers: [
    AuditStore,
    AuditIndex,
    AuditEntries,
    AttemptRecorder,
    SearchAuditHandler,
    ExportAuditHandler,
    VerifyLedgerHandler,
    RecordNewOriginHandler,
    CountChangesByHandler,
    AuditWorker,
  ],
  exports: [AuditWorker, AttemptRecorder],
})
export class AuditModule {}
