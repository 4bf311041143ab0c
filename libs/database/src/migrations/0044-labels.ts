import { sqlMigration } from './sql-migration';

/**
 * Labels of runs in an index that has the order of creation, in place of one that has none and knows no teams; and counters for labels that many
 * runs carry. See docs/adr/0025-counted-labels.md.
 */
export const Labels1764800000044 = sqlMigration(
  'Labels1764800000044',
  /* sql */ `
-- What a label of a team is called in run_label: as long for every label.
create function label_id(p_team uuid, p_key text, p_value text) returns uuid language plpgsql immutable parallel safe as $$
begin
  return encode(substring(sha256(convert_to(p_team::text || length(p_key)::text || ':' || p_key || p_value, 'UTF8')) for 16), 'hex')::uuid;
end $$;

-- One row for each label of each run.
create table run_label (
  label uuid not null,
  creation_date timestamptz not null,
  run_id uuid not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
insert into run_label (label, creation_date, run_id)
select label_id(w.team_id, l.key, l.value), w.creation_date, w.id from workflow_run w cross join lateral jsonb_each_text(w.labels) as l;
alter table run_label add constraint run_label_key primary key (label, creation_date, run_id);
drop index workflow_run_labels;

-- Labels that are asked for together, and that many runs of a team carry.
-- wanted: somebody asks for them. counting: appends count what changes, and what was there before is counted, day by day. counted: their counters are
-- exact. dropped: nobody has asked for long, and their counters go.
create table counted_labels (
  id uuid not null default gen_random_uuid(),
  team_id uuid not null,
  labels jsonb not null,
  state text not null default 'wanted' constraint counted_labels_state check (state in ('wanted', 'counting', 'counted', 'dropped')),
  -- While counting: what was created before this day is counted; null: nothing is.
  counted_to date,
  asked_at timestamptz not null default now(),
  constraint counted_labels_pkey primary key (id),
  constraint counted_labels_key unique (team_id, labels)
);

-- Runs that carry counted labels, as in run_count; beside each row, sums over all workflows (their id is zero) and over all days (the day is -infinity), so that a
-- search reads some thousand rows however many workflows there are. The base is what was there when they were counted; the other rows are what has changed since.
create table run_label_count (
  counted_id uuid not null,
  workflow_id uuid not null,
  day date not null,
  status text not null,
  phase text not null,
  trigger text not null,
  is_base boolean not null,
  runs bigint not null,
  constraint run_label_count_key primary key (counted_id, workflow_id, day, status, phase, trigger, is_base)
) with (fillfactor = 50);

-- In the order of the key: others wait for these rows.
create function run_label_count_add(
  counted_id uuid[], workflow_id uuid[], day date[], status text[], phase text[], trigger text[], delta bigint[], is_base boolean)
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into run_label_count as n (counted_id, workflow_id, day, status, phase, trigger, is_base, runs)
  select r.counted_id, x.workflow_id, x.day, r.status, r.phase, r.trigger, $8, sum(r.delta)
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(counted_id, workflow_id, day, status, phase, trigger, delta)
         cross join lateral (values (r.workflow_id, r.day), ('00000000-0000-0000-0000-000000000000', r.day), (r.workflow_id, '-infinity')) as x(workflow_id, day)
   group by 1, 2, 3, 4, 5, 6 having sum(r.delta) <> 0 order by 1, 2, 3, 4, 5, 6
  on conflict (counted_id, workflow_id, day, status, phase, trigger, is_base) do update set runs = n.runs + excluded.runs;
end $$;

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
  if not '{}'::jsonb = all($8) then
    insert into run_label (label, creation_date, run_id)
    select label_id(r.team_id, l.key, l.value), to_timestamp(r.created / 1000.0), r.id
      from unnest($1, $2, $7, $8) as r(id, team_id, created, labels) cross join lateral jsonb_each_text(r.labels) as l;
    if exists (select from counted_labels c where c.team_id = any($2) and c.state in ('counting', 'counted')) then
      perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                  array_agg(d.runs), false)
         from (select c.id, r.workflow_id, (to_timestamp(r.created / 1000.0) at time zone 'UTC')::date as day, r.status, r.phase, r.trigger, count(*) as runs
                 from unnest($2, $3, $4, $5, $6, $7, $8) as r(team_id, workflow_id, status, phase, trigger, created, labels)
                      join counted_labels c on c.team_id = r.team_id and r.labels @> c.labels and c.state in ('counting', 'counted')
                group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
    end if;
  end if;
end $$;

-- Of runs that have labels, the status or phase that they are about to get. Called before run_status_change.
create function run_label_count_change(id uuid[], team_id uuid[], status text[], phase text[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  if exists (select from counted_labels c where c.team_id = any($2) and c.state in ('counting', 'counted')) then
    perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                array_agg(d.runs), false)
       from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, x.status, x.phase, s.trigger, sum(x.delta) as runs
               from unnest($1, $3, $4) as r(id, status, phase)
                    -- By key, whatever plan was made while the tables were small.
                    cross join lateral (select team_id, creation_date, workflow_id, status, phase, trigger from run_status where id = r.id offset 0) as s
                    join counted_labels c on c.team_id = s.team_id and c.state in ('counting', 'counted')
                    cross join lateral (select labels from workflow_run where id = r.id offset 0) as w
                    cross join lateral (values (s.status, s.phase, -1), (r.status, r.phase, 1)) as x(status, phase, delta)
              where (s.status, s.phase) is distinct from (r.status, r.phase) and w.labels @> c.labels
              group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  end if;
end $$;

-- Called after run_status_change: the status is the new one.
create or replace function workflow_run_overlay(id uuid[], labels jsonb[], fixed jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  if exists (select from unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id and w.labels <> r.labels) then
    delete from run_label l
     using unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id cross join lateral jsonb_each_text(w.labels) as o
     where l.label = label_id(w.team_id, o.key, o.value) and l.creation_date = w.creation_date and l.run_id = w.id
       and r.labels ->> o.key is distinct from o.value;
    insert into run_label (label, creation_date, run_id)
    select label_id(w.team_id, o.key, o.value), w.creation_date, w.id
      from unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id cross join lateral jsonb_each_text(r.labels) as o
     where w.labels ->> o.key is distinct from o.value;
    perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                array_agg(d.runs), false)
       from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger,
                    sum(case when r.labels @> c.labels then 1 else -1 end) as runs
               from unnest($1, $2) as r(id, labels)
                    join workflow_run w on w.id = r.id
                    join run_status s on s.id = r.id
                    join counted_labels c on c.team_id = w.team_id and c.state in ('counting', 'counted')
                         and (w.labels @> c.labels) <> (r.labels @> c.labels)
              group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  end if;
  update workflow_run as w set labels = r.labels, fixed = r.fixed
    from unnest($1, $2, $3) as r(id, labels, fixed)
   where w.id = r.id;
end $$;

-- Changes the state of counted labels, and the moment is one for all: what is appended or archived later knows of it, and what was before is committed. Answers
-- whether they were in the state that they leave.
create function counted_labels_move(p_id uuid, p_from text, p_to text) returns boolean
language plpgsql set search_path = public, pg_temp as $$
begin
  -- Waits for archives that are removing runs, then for the append.
  lock table counted_labels in exclusive mode;
  perform ledger_lock();
  update counted_labels set state = p_to, counted_to = null where id = p_id and state = p_from;
  return found;
end $$;

-- Counts the next days of labels that are being counted: p_runs runs of the team, or those of one day if it has more. Answers whether more is left; null: these
-- labels are not being counted.
create function counted_labels_step(p_id uuid, p_runs bigint) returns boolean language plpgsql as $$
declare
  counted counted_labels;
  until date;
  wanted uuid[];
begin
  select * into counted from counted_labels where id = p_id and state = 'counting' for update;
  if not found then
    return null;
  end if;
  select min(d.day) into until
    from (select day, sum(sum(runs)) over (order by day) as upto from run_count
           where team_id = counted.team_id and day >= coalesce(counted.counted_to, '-infinity') group by day) as d
   where d.upto > p_runs and d.day > coalesce(counted.counted_to, (select min(day) from run_count where team_id = counted.team_id));
  wanted := array(select label_id(counted.team_id, l.key, l.value) from jsonb_each_text(counted.labels) as l);
  -- One statement reads both, and so it is one moment: the base is what is there, without what the other rows have of it.
  perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                              array_agg(d.runs), true)
     from (select p_id as id, f.workflow_id, f.day, f.status, f.phase, f.trigger, sum(f.runs)::bigint as runs
             from (select s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger, count(*) as runs
                     from (select run_id from run_label
                            where label = any(wanted) and creation_date >= (coalesce(counted.counted_to, '-infinity')::timestamp at time zone 'UTC')
                              and creation_date < (coalesce(until, 'infinity')::timestamp at time zone 'UTC')
                            group by creation_date, run_id having count(*) = cardinality(wanted)) as l
                          join run_status s on s.id = l.run_id
                    group by 1, 2, 3, 4, 5
                   union all
                   select workflow_id, day, status, phase, trigger, -runs from run_label_count
                    where counted_id = p_id and not is_base and workflow_id <> '00000000-0000-0000-0000-000000000000'
                      and day > '-infinity' and day >= coalesce(counted.counted_to, '-infinity') and day < coalesce(until, 'infinity')) as f
            group by 1, 2, 3, 4, 5, 6 having sum(f.runs) <> 0) as d having count(*) > 0;
  update counted_labels set counted_to = until, state = case when until is null then 'counted' else state end where id = p_id;
  return until is not null;
end $$;

-- Takes runs of a recorded archive out of every view: from then on they are archived. p_positions: those of the whole archive. Answers whether all of its
-- runs are out; then its events may go.
create or replace function archive_remove(p_archive uuid, p_runs uuid[], p_positions int8multirange) returns boolean
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  archive jsonb;
  runs uuid[];
  wrong uuid;
  taken record;
begin
  -- Labels that begin to be counted meanwhile would count runs that are on their way out.
  lock table counted_labels in row share mode;
  perform from ledger_archive where id = p_archive and positions is null for update;
  if not found then
    return true;
  end if;
  select data::jsonb into strict archive from event where stream_id = p_archive and stream_version = 1 and type = 'RunsArchived';
  if encode(sha256(convert_to(p_positions::text, 'UTF8')), 'hex') <> archive ->> 'positionsSha256' then
    raise exception 'These are not the positions of archive %', p_archive using errcode = 'restrict_violation';
  end if;
  runs := array(select r from unnest(p_runs) as r where not exists (select from archived_run a where a.id = r and a.archive_id = p_archive));
  select r into wrong from unnest(runs) as r
   where not exists (select from event e where e.stream_id = r and e.type = 'WorkflowRunFinalized')
      or not exists (select from workflow_run w where w.id = r and w.team_id = (archive ->> 'teamId')::uuid) limit 1;
  if found then
    raise exception 'The run % is not finalized, or not there', wrong using errcode = 'restrict_violation';
  end if;
  if exists (select from event e where e.stream_id = any(runs) and not e.position <@ p_positions) then
    raise exception 'Archive % does not hold the events of its runs', p_archive using errcode = 'restrict_violation';
  end if;
  insert into archived_run (id, archive_id, team_id, workflow_id, events)
  select w.id, p_archive, w.team_id, w.workflow_id, (select count(*) from event e where e.stream_id = w.id)
    from workflow_run w where w.id = any(runs);
  select count(*) as runs, coalesce(sum(events), 0) as events into taken from archived_run where archive_id = p_archive;
  if taken.runs > (archive ->> 'runs')::bigint or (taken.runs = (archive ->> 'runs')::bigint and taken.events <> (archive ->> 'events')::bigint) then
    raise exception 'Archive % does not hold the events of its runs', p_archive using errcode = 'restrict_violation';
  end if;
  -- Of an agent that has never said that it stopped.
  delete from agent_queue q using unnest(runs) as r where q.id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from action where run_id = any(runs);
  delete from timer where stream_id = any(runs);
  delete from snapshot where stream_id = any(runs);
  delete from task_log l using unnest(runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from task_log_size l using unnest(runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from audit_entry a using event e where e.stream_id = any(runs) and a.position = e.position;
  delete from run_label l
   using workflow_run w cross join lateral jsonb_each_text(w.labels) as o
   where w.id = any(runs) and l.label = label_id(w.team_id, o.key, o.value) and l.creation_date = w.creation_date and l.run_id = w.id;
  -- Last, and in the order of the key: commands wait for these rows.
  perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                              array_agg(d.runs), false)
     from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger, -count(*) as runs
             from run_status s
                  join workflow_run w on w.id = s.id
                  join counted_labels c on c.team_id = s.team_id and c.state in ('counting', 'counted') and w.labels @> c.labels
            where s.id = any(runs) group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  perform run_count_apply(array_agg(g.team_id), array_agg(g.workflow_id), array_agg(g.day), array_agg(g.status), array_agg(g.phase),
                          array_agg(g.trigger), array_agg(-g.runs))
     from (select team_id, workflow_id, (creation_date at time zone 'UTC')::date::text as day, status, phase, trigger, count(*) as runs
             from run_status where id = any(runs) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6) as g having count(*) > 0;
  delete from run_status where id = any(runs);
  delete from workflow_run where id = any(runs);
  if taken.runs < (archive ->> 'runs')::bigint then
    return false;
  end if;
  update ledger_archive set positions = p_positions where id = p_archive;
  return true;
end $$;
`,
);
