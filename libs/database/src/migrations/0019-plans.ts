import { sqlMigration } from './sql-migration';

/**
 * Plans: the lists of tasks that runs are made of. A run's first event names one by its hash. They are source data, as events are. Snapshots of
 * before hold copies of them.
 */
export const Plans1764600000019 = sqlMigration(
  'Plans1764600000019',
  /* sql */ `
create table plan (
  hash bytea primary key,
  body text not null,
  constraint plan_hash check (hash = sha256(convert_to(body, 'UTF8')))
);
create trigger plan_no_update before update or delete on plan for each row execute function refuse_change();
create trigger plan_no_truncate before truncate on plan for each statement execute function refuse_change();

delete from snapshot;

-- A guard: whether the stream has moved on from a version, both given as id/version.
create function stream_moved(p_key text) returns bigint language plpgsql stable as $$
begin
  return (select count(*) from event
           where stream_id = split_part(p_key, '/', 1)::uuid and stream_version = split_part(p_key, '/', 2)::int + 1);
end $$;
`,
);
