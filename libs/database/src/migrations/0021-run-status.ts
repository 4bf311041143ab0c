import { sqlMigration } from './sql-migration';

/**
 * What changes of a run lies in a narrow table of its own, so that a change of status writes two indexes in place of six, and one of phase none.
 * `workflow_run` keeps what the submit fixes. Filters by status are combined with others: what those look at is repeated beside the status.
 */
export const RunStatus1764700000021 = sqlMigration(
  'RunStatus1764700000021',
  /* sql */ `
-- A third of each page stays free: a change that no index has to know of, such as one of the phase, then finds room on the page of its row (HOT).
-- Each run leaves several dead rows behind, and index-only scans need pages that are vacuumed, so autovacuum comes after 2 % of the rows.
create table run_status (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid not null,
  trigger text not null,
  creation_date timestamptz not null,
  status text not null,
  phase text not null,
  changing json not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_insert_scale_factor = 0.02);
insert into run_status (id, team_id, workflow_id, trigger, creation_date, status, phase, changing)
select id, team_id, workflow_id, trigger, creation_date, status, phase, changing from workflow_run order by creation_date, id;
-- Not the phase, not even as an included column: its changes would write the index.
create index run_status_team_status on run_status (team_id, status, creation_date, id) include (workflow_id, trigger);

drop index workflow_run_team_created, workflow_run_team_status, workflow_run_team_workflow;
alter table workflow_run drop column status, drop column phase, drop column changing;
-- Its rows hardly change any more.
alter table workflow_run reset (fillfactor);
create index workflow_run_team_created on workflow_run (team_id, creation_date, id) include (trigger, workflow_id);
create index workflow_run_team_workflow on workflow_run (team_id, workflow_id, creation_date, id) include (trigger);

create or replace function workflow_run_add(
  id uuid[], team_id uuid[], workflow_id uuid[], status text[], phase text[], trigger text[], created bigint[],
  labels jsonb[], fixed jsonb[], changing json[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into workflow_run (id, team_id, workflow_id, trigger, creation_date, labels, fixed)
  select r.id, r.team_id, r.workflow_id, r.trigger, to_timestamp(r.created / 1000.0), r.labels, r.fixed
    from unnest($1, $2, $3, $6, $7, $8, $9) as r(id, team_id, workflow_id, trigger, created, labels, fixed);
  insert into run_status (id, team_id, workflow_id, trigger, creation_date, status, phase, changing)
  select r.id, r.team_id, r.workflow_id, r.trigger, to_timestamp(r.created / 1000.0), r.status, r.phase, r.changing
    from unnest($1, $2, $3, $4, $5, $6, $7, $10) as r(id, team_id, workflow_id, status, phase, trigger, created, changing);
end $$;

drop function workflow_run_change(uuid[], text[], text[], json[]);
create function run_status_change(id uuid[], status text[], phase text[], changing json[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  update run_status as s set status = r.status, phase = r.phase, changing = r.changing
    from unnest($1, $2, $3, $4) as r(id, status, phase, changing)
   where s.id = r.id;
end $$;
`,
);
