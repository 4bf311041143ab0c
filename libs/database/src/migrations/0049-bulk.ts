import { sqlMigration } from './sql-migration';

/**
 * Bulk jobs: streams of the ledger, with one row each, and one for each of their runs. A job that is old is removed from both when its event says so;
 * its events stay.
 */
export const Bulk1764800000049 = sqlMigration(
  'Bulk1764800000049',
  /* sql */ `
create table bulk (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid,
  status text not null,
  version int not null,
  state jsonb not null
);
create index bulk_team on bulk (team_id, id);
create index bulk_at_work on bulk (team_id) where status = 'running';

create table bulk_run (
  bulk_id uuid not null,
  place int not null,
  run_id uuid not null,
  outcome text not null,
  reason text,
  message text,
  retry_id uuid,
  primary key (bulk_id, place)
);
create index bulk_run_outcome on bulk_run (bulk_id, outcome, place);

create function bulk_apply(id uuid[], team_id uuid[], workflow_id uuid[], status text[], version int[], state jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into bulk (id, team_id, workflow_id, status, version, state)
  select r.id, r.team_id, r.workflow_id, r.status, r.version, r.state
    from unnest($1, $2, $3, $4, $5, $6) as r(id, team_id, workflow_id, status, version, state)
   order by r.id
  on conflict (id) do update set status = excluded.status, version = excluded.version, state = excluded.state;
end $$;

create function bulk_run_apply(
  bulk_id uuid[], place int[], run_id uuid[], outcome text[], reason text[], message text[], retry_id uuid[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into bulk_run (bulk_id, place, run_id, outcome, reason, message, retry_id)
  select r.bulk_id, r.place, r.run_id, r.outcome, r.reason, r.message, r.retry_id
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(bulk_id, place, run_id, outcome, reason, message, retry_id)
   order by r.bulk_id, r.place
  on conflict (bulk_id, place) do update
     set outcome = excluded.outcome, reason = excluded.reason, message = excluded.message, retry_id = excluded.retry_id;
end $$;

create function bulk_forget(id uuid[]) returns void language plpgsql as $$
begin
  delete from bulk_run where bulk_id = any($1);
  delete from bulk b where b.id = any($1);
end $$;

-- Jobs of a team that are at work: a guard of the append.
create function bulks_at_work(p_team text) returns bigint language sql stable as $$
  select count(*) from bulk where team_id = p_team::uuid and status = 'running'
$$;
`,
);
