import { sqlMigration } from './sql-migration';

/** A year of counts is read from the index alone: without it, PostgreSQL chose to read those of all teams. */
export const InsightsIndex1764800000051 = sqlMigration(
  'InsightsIndex1764800000051',
  /* sql */ `
alter table run_length_count drop constraint run_length_count_pkey,
  add primary key (team_id, workflow_id, day, measure, bucket, status) include (runs, total);
alter table run_length_count set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
`,
);
