import { sqlMigration } from './sql-migration';

/**
 * Indexes for a rare action, in a team and anywhere, and for reasons anywhere; refused attempts are actions, and need none of their own. Each page
 * of the trail looks at a bounded number of rows of one of them.
 */
export const AuditWays1764800000035 = sqlMigration(
  'AuditWays1764800000035',
  /* sql */ `
create index audit_entry_team_action on audit_entry (team_id, action, position);
create index audit_entry_action on audit_entry (action, position);
create index audit_entry_any_reason on audit_entry (position) where has_reason;
drop index audit_entry_refused;
`,
);
