import { sqlMigration } from './sql-migration';

/** Actions of people and locks of teams; new columns of runs for tasks that wait for them. */
export const PeopleAndLocks1764000000008 = sqlMigration(
  'PeopleAndLocks1764000000008',
  /* sql */ `
create table action (
  id uuid primary key,
  run_id uuid not null,
  task_run_id uuid not null,
  team_id uuid not null,
  workflow_id uuid not null,
  type text not null,
  status text not null,
  creation_date timestamptz not null,
  state jsonb not null
);
create index action_team_created on action (team_id, creation_date, id);
create index action_team_open on action (team_id, creation_date, id) where status = 'submitted';

create function action_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into action (id, run_id, task_run_id, team_id, workflow_id, type, status, creation_date, state)
  select r.id, r.run_id, r.task_run_id, r.team_id, r.workflow_id, r.type, r.status, to_timestamp(r.created / 1000.0), r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, run_id uuid, task_run_id uuid, team_id uuid, workflow_id uuid, type text,
                                         status text, created bigint, state jsonb)
  on conflict (id) do update set status = excluded.status, state = excluded.state;
end $$;

-- Ids of the keys that texts were sealed with: the keys themselves are not here.
create table secret_key (
  id text primary key,
  first_used_at timestamptz not null default now()
);

create table team_lock (
  id uuid primary key,
  team_id uuid not null,
  key text not null,
  version int not null,
  state jsonb not null
);

create function team_lock_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into team_lock (id, team_id, key, version, state)
  select r.id, r.team_id, r.key, r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, key text, version int, state jsonb)
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $$;

update workflow_run set state = '{"initiator": null, "maxTimeout": 0, "parent": null, "depth": 0, "received": [], "locks": [],
  "layers": {"global": [], "team": []}}'::jsonb || state;
update task_run set state = '{"waitKey": null, "retries": 0, "backoff": null, "tries": 0, "action": null, "child": null, "schedule": null}'::jsonb
  || jsonb_build_object('waitsFor', case when state ->> 'status' = 'waiting' then 'sleep' end) || state;
`,
);
