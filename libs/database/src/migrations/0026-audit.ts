import { sqlMigration } from './sql-migration';

/**
 * The index of the audit trail: which command changed what, for whom and by whom. The ledger has the rest. A subscription writes it, a moment after
 * the commit. Actors and actions are hashes, which keep rows narrow; who reads looks at the event itself. `audit_name`: what things were called last.
 */
export const Audit1764700000026 = sqlMigration(
  'Audit1764700000026',
  /* sql */ `
create table audit_entry (
  position bigint not null,
  team_id uuid,
  actor bigint not null,
  action bigint not null,
  has_reason boolean not null,
  is_refused boolean not null
);
create index audit_entry_team on audit_entry (team_id, position);
create index audit_entry_actor on audit_entry (actor, position);
create index audit_entry_position on audit_entry using brin (position) with (pages_per_range = 16);
create index audit_entry_reason on audit_entry (team_id, position) where has_reason;
create index audit_entry_refused on audit_entry (team_id, position) where is_refused;

create table audit_name (id uuid primary key, name text not null);
`,
);
