import { sqlMigration } from './sql-migration';

/**
 * The views of runs, which the append writes in its own transaction. Lists filter, sort and count by the columns of
 * `workflow_run`; the state is separate in `state` (and one row per task run), so that lists do not read payloads that
 * they do not show.
 */
export const Runs1763900000002 = sqlMigration(
  'Runs1763900000002',
  /* sql */ `
create table workflow_run (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid not null,
  status text not null,
  phase text not null,
  trigger text not null,
  creation_date timestamptz not null,
  labels jsonb not null,
  version int not null,
  state jsonb not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_insert_scale_factor = 0.02);
create index workflow_run_team_created on workflow_run (team_id, creation_date, id) include (status, phase, trigger, workflow_id);
create index workflow_run_team_status on workflow_run (team_id, status, creation_date, id);
create index workflow_run_team_workflow on workflow_run (team_id, workflow_id, creation_date, id) include (status, phase, trigger);
create index workflow_run_labels on workflow_run using gin (labels jsonb_path_ops);

create table task_run (
  id uuid primary key,
  run_id uuid not null,
  ordinal int not null,
  state jsonb not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
create index task_run_run on task_run (run_id, ordinal);

create table run_count (
  team_id uuid not null,
  workflow_id uuid not null,
  day date not null,
  status text not null,
  phase text not null,
  trigger text not null,
  runs bigint not null,
  constraint run_count_key primary key (team_id, workflow_id, day, status, phase, trigger)
) with (fillfactor = 50);

create table timer (
  run_id uuid not null,
  kind text not null,
  task_id uuid not null,
  due_at timestamptz not null,
  constraint timer_key primary key (run_id, kind, task_id)
);
create index timer_due on timer (due_at);

create function workflow_run_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into workflow_run (id, team_id, workflow_id, status, phase, trigger, creation_date, labels, version, state)
  select r.id, r.team_id, r.workflow_id, r.status, r.phase, r.trigger, to_timestamp(r.created / 1000.0), r.labels, r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, workflow_id uuid, status text, phase text, trigger text,
                                         created bigint, labels jsonb, version int, state jsonb)
  on conflict (id) do update
     set status = excluded.status, phase = excluded.phase, labels = excluded.labels, version = excluded.version, state = excluded.state;
end $$;

create function task_run_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into task_run (id, run_id, ordinal, state)
  select r.id, r.run_id, r.ordinal, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, run_id uuid, ordinal int, state jsonb)
  on conflict (id) do update set state = excluded.state;
end $$;

create function run_count_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
  select r.team_id, r.workflow_id, r.day, r.status, r.phase, r.trigger, r.delta
    from jsonb_to_recordset(p_rows) as r(team_id uuid, workflow_id uuid, day date, status text, phase text, trigger text, delta bigint)
  on conflict (team_id, workflow_id, day, status, phase, trigger) do update set runs = run_count.runs + excluded.runs;
end $$;

-- A row without due time takes the timer away; one without kind takes all timers of the run away.
create function timer_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  delete from timer t
   using jsonb_to_recordset(p_rows) as r(run_id uuid, kind text, task_id uuid, due bigint)
   where r.due is null and t.run_id = r.run_id
     and (r.kind is null or (t.kind = r.kind and t.task_id = r.task_id));
  insert into timer (run_id, kind, task_id, due_at)
  select r.run_id, r.kind, r.task_id, to_timestamp(r.due / 1000.0)
    from jsonb_to_recordset(p_rows) as r(run_id uuid, kind text, task_id uuid, due bigint)
   where r.due is not null
  on conflict (run_id, kind, task_id) do update set due_at = excluded.due_at;
end $$;
`,
);
