import { sqlMigration } from './sql-migration';

/**
 * How runs have ended, for insights: a narrow row for each finished run, and its counts by day in buckets of a logarithm. A subscription writes
 * them, a moment after the commit; an archived run leaves both. See ADR 0027.
 */
export const Insights1764800000047 = sqlMigration(
  'Insights1764800000047',
  /* sql */ `
-- queueing and running: milliseconds; running is null where the run never started. shape: of a failure's message, without its numbers and names.
create table run_outcome (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid not null,
  created timestamptz not null,
  status text not null,
  queueing bigint not null,
  running bigint,
  shape text
);
create index run_outcome_team_created on run_outcome (team_id, created) include (workflow_id, status, queueing, running);
create index run_outcome_failed on run_outcome (team_id, created) include (workflow_id, status, shape, id) where shape is not null;

-- Runs of a workflow, or of the whole team (the nil id), that were created on a day (UTC), by the length of one measure: queueing or running.
-- total: the sum of their lengths. Every finished run is in one row with the measure queueing.
create table run_length_count (
  team_id uuid not null,
  workflow_id uuid not null,
  day date not null,
  measure text not null,
  bucket smallint not null,
  status text not null,
  runs bigint not null,
  total bigint not null,
  primary key (team_id, workflow_id, day, measure, bucket, status)
) with (fillfactor = 80);

-- The number of the bucket of a length in milliseconds: bucket n holds lengths above g^(n-1), up to g^n, with g = 1.01 / 0.99; -1: no time at all.
create function length_bucket(length bigint) returns smallint language sql immutable strict parallel safe
return case when $1 <= 0 then -1 else ceil(ln($1::float8) / ln(1.01::float8 / 0.99::float8)) end::smallint;

-- Adds finished runs to the counts, or takes them out. In the order of the key, so that two calls lock rows in one order.
create function run_length_count_add(runs uuid[], sign int) returns void language sql as $$
  insert into run_length_count as c (team_id, workflow_id, day, measure, bucket, status, runs, total)
  select o.team_id, w.id, (o.created at time zone 'UTC')::date, m.measure, length_bucket(m.length), o.status, $2 * count(*), $2 * sum(m.length)
    from run_outcome o
         cross join lateral (values (o.workflow_id), ('00000000-0000-0000-0000-000000000000'::uuid)) as w(id)
         cross join lateral (values ('queueing', o.queueing), ('running', o.running)) as m(measure, length)
   where o.id = any($1) and m.length is not null
   group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
  on conflict (team_id, workflow_id, day, measure, bucket, status)
    do update set runs = c.runs + excluded.runs, total = c.total + excluded.total
$$;

-- Runs that have finished; one that is there, or archived, stays as it is.
create function run_outcome_add(
  id uuid[], team_id uuid[], workflow_id uuid[], created bigint[], status text[], queueing bigint[], running bigint[], shape text[])
returns void language plpgsql as $$
#variable_conflict use_column
declare
  added uuid[];
begin
  with fresh as (
    insert into run_outcome (id, team_id, workflow_id, created, status, queueing, running, shape)
    select r.id, r.team_id, r.workflow_id, to_timestamp(r.created / 1000.0), r.status, r.queueing, r.running, r.shape
      from unnest($1, $2, $3, $4, $5, $6, $7, $8) as r(id, team_id, workflow_id, created, status, queueing, running, shape)
     where not exists (select from archived_run a where a.id = r.id)
    on conflict (id) do nothing
    returning id)
  select array_agg(id) into added from fresh;
  perform run_length_count_add(added, 1);
end $$;

create function run_outcome_archived() returns trigger language plpgsql as $$
begin
  perform run_length_count_add(array(select id from gone), -1);
  delete from run_outcome where id in (select id from gone);
  return null;
end $$;
create trigger archived_run_outcome after insert on archived_run referencing new table as gone
  for each statement execute function run_outcome_archived();
`,
);
