// The audit trail: who did what, when, from where and why; and what was refused. It reads the ledger of all contexts, and must not know what a run or
// a workflow is beyond the names of their events.
export { AuditModule } from './audit.module';
export { attemptsCategory } from './application/attempts-category';
export { attemptsEventSchemas } from './domain/event-schemas';
export { recordRefusals } from './http/record-refusals';
export { AuditWorker } from './process/audit-worker';
