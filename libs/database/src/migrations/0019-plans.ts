import { sqlMigration } from './sql-migration';

/**
 * Plans: the lists of tasks that runs are made of. A run's first event names one by its hash. They are source data, as events are. Snapshots of
 * before hold copies of them.
 */
export const Plans1764700000019 = sqlMigration(
  'Plans1764700000019',
  /* sql */ `
create table plan (
  hash bytea primary key,
  body text not null,
  constraint plan_hash check (hash = sha256(convert_to(body, 'UTF8')))
);
create trigger plan_no_update before update or delete on plan for each row execute function refuse_change();
create trigger plan_no_truncate before truncate on plan for each statement execute function refuse_change();

delete from snapshot;
`,
);
