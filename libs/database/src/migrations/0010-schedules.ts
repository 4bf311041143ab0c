import { sqlMigration } from './sql-migration';

/** Schedules: streams of the ledger, with one row each; `timer` holds their due dates. */
export const Schedules1764000000010 = sqlMigration(
  'Schedules1764000000010',
  /* sql */ `
create table schedule (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid not null,
  type text not null,
  status text not null,
  creation_date timestamptz not null,
  version int not null,
  state jsonb not null
);
create index schedule_team on schedule (team_id, creation_date, id);

create function schedule_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into schedule (id, team_id, workflow_id, type, status, creation_date, version, state)
  select r.id, r.team_id, r.workflow_id, r.type, r.status, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, workflow_id uuid, type text, status text, created bigint,
                                         version int, state jsonb)
  on conflict (id) do update
     set workflow_id = excluded.workflow_id, type = excluded.type, status = excluded.status, version = excluded.version,
         state = excluded.state;
end $$;
`,
);
