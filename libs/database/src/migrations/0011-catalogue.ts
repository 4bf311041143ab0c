import { sqlMigration } from './sql-migration';

/** Catalogue tasks and their revisions; a task without a team is for everybody. */
export const Catalogue1764000000011 = sqlMigration(
  'Catalogue1764000000011',
  /* sql */ `
create table catalogue_task (
  id uuid primary key,
  team_id uuid,
  name text not null,
  status text not null,
  deleted boolean not null,
  labels jsonb not null,
  creation_date timestamptz not null,
  version int not null,
  state jsonb not null
);
create unique index catalogue_task_name_key on catalogue_task (coalesce(team_id, '00000000-0000-0000-0000-000000000000'), name)
  where not deleted;

create table catalogue_task_revision (
  task_id uuid not null,
  number int not null,
  definition jsonb not null,
  constraint catalogue_task_revision_key primary key (task_id, number)
);

create function catalogue_task_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into catalogue_task (id, team_id, name, status, deleted, labels, creation_date, version, state)
  select r.id, r.team_id, r.name, r.status, r.deleted, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, name text, status text, deleted boolean, labels jsonb,
                                         created bigint, version int, state jsonb)
  on conflict (id) do update
     set status = excluded.status, deleted = excluded.deleted, labels = excluded.labels, version = excluded.version,
         state = excluded.state;
end $$;

create function catalogue_task_revision_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into catalogue_task_revision (task_id, number, definition)
  select r.task_id, r.number, r.definition from jsonb_to_recordset(p_rows) as r(task_id uuid, number int, definition jsonb)
  on conflict (task_id, number) do update set definition = excluded.definition;
end $$;
`,
);
