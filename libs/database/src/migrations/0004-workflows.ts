import { sqlMigration } from './sql-migration';

/** Workflow definitions. A revision's row never changes: runs are pinned to it. */
export const Workflows1763900000004 = sqlMigration(
  'Workflows1763900000004',
  /* sql */ `
create table workflow (
  id uuid primary key,
  team_id uuid not null,
  name text not null,
  status text not null,
  deleted boolean not null,
  labels jsonb not null,
  creation_date timestamptz not null,
  version int not null,
  state jsonb not null
);
create unique index workflow_team_name_key on workflow (team_id, name) where not deleted;

create table workflow_revision (
  id uuid primary key,
  workflow_id uuid not null,
  number int not null,
  current boolean not null,
  definition jsonb not null,
  runnable jsonb not null
);
create unique index workflow_revision_number_key on workflow_revision (workflow_id, number) where current;

create function workflow_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into workflow (id, team_id, name, status, deleted, labels, creation_date, version, state)
  select r.id, r.team_id, r.name, r.status, r.deleted, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, name text, status text, deleted boolean, labels jsonb,
                                         created bigint, version int, state jsonb)
  on conflict (id) do update
     set name = excluded.name, status = excluded.status, deleted = excluded.deleted, labels = excluded.labels,
         version = excluded.version, state = excluded.state;
end $$;

create function workflow_revision_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  update workflow_revision w set current = false
    from jsonb_to_recordset(p_rows) as r(workflow_id uuid, number int)
   where w.workflow_id = r.workflow_id and w.number = r.number and w.current;
  insert into workflow_revision (id, workflow_id, number, current, definition, runnable)
  select r.id, r.workflow_id, r.number, true, r.definition, r.runnable
    from jsonb_to_recordset(p_rows) as r(id uuid, workflow_id uuid, number int, definition jsonb, runnable jsonb);
end $$;
`,
);
