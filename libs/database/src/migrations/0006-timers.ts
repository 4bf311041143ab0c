import { sqlMigration } from './sql-migration';

/**
 * Timers of every kind of stream; immediate work is a timer that is due when it is written. `due_at` is the requested
 * time, which the decider gets; `fire_at` is the time of the next attempt, later if an attempt has failed.
 */
export const Timers1764000000006 = sqlMigration(
  'Timers1764000000006',
  /* sql */ `
drop function timer_apply(jsonb);
alter table timer rename column run_id to stream_id;
alter table timer rename column task_id to item_id;
alter table timer add column fire_at timestamptz;
alter table timer add column attempts int not null default 0;
update timer set fire_at = due_at;
alter table timer alter column fire_at set not null;
alter table timer set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
drop index timer_due;
create index timer_fire on timer (fire_at);

-- A row without due time takes the timer away.
create function timer_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  delete from timer t
   using jsonb_to_recordset(p_rows) as r(stream_id uuid, kind text, item_id uuid, due bigint)
   where r.due is null and t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id;
  insert into timer (stream_id, kind, item_id, due_at, fire_at)
  select r.stream_id, r.kind, r.item_id, to_timestamp(r.due / 1000.0), to_timestamp(r.due / 1000.0)
    from jsonb_to_recordset(p_rows) as r(stream_id uuid, kind text, item_id uuid, due bigint)
   where r.due is not null
  on conflict (stream_id, kind, item_id) do update set due_at = excluded.due_at, fire_at = excluded.fire_at, attempts = 0;
end $$;
`,
);
