import { sqlMigration } from './sql-migration';

/**
 * Finished runs leave the database for archives, which are files: see ADR 0021. `ledger_archive` is a view of the events that say so;
 * `positions` is null until the runs of the archive are removed. Events are never deleted: what stays of a partition is copied beside it, and takes
 * its place. These functions belong to the owner of the tables, and check what they are asked to remove: a role that may call them, and cannot drop or
 * change anything itself, removes only what is finalized and archived.
 */
export const Archives1764800000029 = sqlMigration(
  'Archives1764800000029',
  /* sql */ `
create table ledger_archive (
  id uuid primary key,
  team_id uuid not null,
  version integer not null,
  state jsonb not null,
  positions int8multirange
);
create index ledger_archive_team on ledger_archive (team_id, id);
create index ledger_archive_open on ledger_archive (id) where positions is null;

create table archived_run (
  id uuid primary key,
  archive_id uuid not null,
  team_id uuid not null,
  workflow_id uuid not null,
  events integer not null
);
create trigger archived_run_no_update before update or delete on archived_run for each row execute function refuse_change();
create trigger archived_run_no_truncate before truncate on archived_run for each statement execute function refuse_change();

-- Only the functions below write what they rely on: they have the rights of the owner.
create function refuse_stranger() returns trigger language plpgsql as $$
begin
  if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    raise exception 'Only the owner changes %', tg_table_name using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end $$;
create trigger archived_run_of_owner before insert on archived_run for each row execute function refuse_stranger();

create index action_run on action (run_id);

create function ledger_archive_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into ledger_archive (id, team_id, version, state)
  select (r ->> 'id')::uuid, (r ->> 'team_id')::uuid, (r ->> 'version')::int, r -> 'state' from jsonb_array_elements(p_rows) as r;
end $$;

-- Removes the runs of a recorded archive from every view. From then on they are archived. Answers false if that was done before.
create function archive_remove(p_archive uuid, p_runs uuid[], p_positions int8multirange) returns boolean
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  archive jsonb;
  wrong uuid;
  counted bigint;
begin
  perform from ledger_archive where id = p_archive and positions is null for update;
  if not found then
    return false;
  end if;
  select data::jsonb into strict archive from event where stream_id = p_archive and stream_version = 1 and type = 'RunsArchived';
  if encode(sha256(convert_to(p_positions::text, 'UTF8')), 'hex') <> archive ->> 'positionsSha256' then
    raise exception 'These are not the positions of archive %', p_archive using errcode = 'restrict_violation';
  end if;
  select r into wrong from unnest(p_runs) as r
   where not exists (select from event e where e.stream_id = r and e.type = 'WorkflowRunFinalized')
      or not exists (select from workflow_run w where w.id = r and w.team_id = (archive ->> 'teamId')::uuid) limit 1;
  if found then
    raise exception 'The run % is not finalized, or not there', wrong using errcode = 'restrict_violation';
  end if;
  select count(*) into counted from event e where e.stream_id = any(p_runs) and e.position <@ p_positions;
  if counted <> (archive ->> 'events')::bigint or counted <> (select count(*) from event e where e.stream_id = any(p_runs)) then
    raise exception 'Archive % does not hold the events of its runs', p_archive using errcode = 'restrict_violation';
  end if;
  insert into archived_run (id, archive_id, team_id, workflow_id, events)
  select w.id, p_archive, w.team_id, w.workflow_id, (select count(*) from event e where e.stream_id = w.id)
    from workflow_run w where w.id = any(p_runs);
  delete from action where run_id = any(p_runs);
  delete from timer where stream_id = any(p_runs);
  delete from snapshot where stream_id = any(p_runs);
  delete from task_log l using unnest(p_runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from task_log_size l using unnest(p_runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from audit_entry a using unnest(p_positions) as r where a.position >= lower(r) and a.position < upper(r);
  delete from workflow_run where id = any(p_runs);
  -- Last, and in the order of the key: commands wait for these rows.
  perform run_count_apply(array_agg(g.team_id), array_agg(g.workflow_id), array_agg(g.day), array_agg(g.status), array_agg(g.phase),
                          array_agg(g.trigger), array_agg(-g.runs))
     from (select team_id, workflow_id, (creation_date at time zone 'UTC')::date::text as day, status, phase, trigger, count(*) as runs
             from run_status where id = any(p_runs) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6) as g having count(*) > 0;
  delete from run_status where id = any(p_runs);
  update ledger_archive set positions = p_positions where id = p_archive;
  return true;
end $$;

-- How far the copy of what stays of a partition is; gone: events that left it before.
create table event_compaction (
  partition text primary key,
  copied bigint,
  left_out bigint not null default 0,
  gone bigint not null default 0
);
create trigger event_compaction_of_owner before insert or update or delete on event_compaction for each row execute function refuse_stranger();

-- The monthly partitions of events, with the archived events that are still in them, and the number of their rows as it was last estimated.
create function event_archived() returns table (partition text, archived bigint, estimate bigint, copying boolean)
language sql stable security definer set search_path to 'public', 'pg_temp' as $$
  select c.relname::text,
         (select coalesce(sum(r.events), 0) from archived_run r
           where r.id >= b.bounds[1]::uuid and r.id < b.bounds[2]::uuid)::bigint - coalesce(k.gone, 0),
         greatest(c.reltuples, 0)::bigint, k.copied is not null
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
         cross join lateral (select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$re$) as bounds) as b
         left join event_compaction k on k.partition = c.relname
   where i.inhparent = 'event'::regclass and b.bounds is not null
   order by 1
$$;

-- Begins to copy what stays of a partition into a table beside it.
create function event_compact_begin(p_partition text) returns void
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  bounds text[];
begin
  if p_partition !~ '^event_y[0-9]{4}m[0-9]{2}$' then
    raise exception '% is no monthly partition of event', p_partition using errcode = 'invalid_parameter_value';
  end if;
  select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$re$) into strict bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'event'::regclass and c.relname = p_partition;
  execute format('drop table if exists %I', p_partition || '_kept');
  execute format('create table %I (like event including all)', p_partition || '_kept');
  -- So that attaching it need not read it.
  execute format('alter table %I add constraint in_month check (stream_id >= %L and stream_id < %L)', p_partition || '_kept', bounds[1], bounds[2]);
  insert into event_compaction (partition, copied) values (p_partition, 0)
  on conflict (partition) do update set copied = 0, left_out = 0;
end $$;

-- Copies the next rows that stay. Leaves out what archive_remove has found to be archived, and nothing else. Answers how many it has looked at.
create function event_compact_copy(p_partition text, p_rows integer) returns integer
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  after bigint;
  last bigint;
  looked integer;
  archived integer;
begin
  select copied into after from event_compaction where partition = p_partition and copied is not null for update;
  if not found then
    raise exception 'Nothing is being copied of %', p_partition using errcode = 'invalid_parameter_value';
  end if;
  execute format(
    'with next as materialized (select * from %1$I where position > $1 order by position limit $2),
          judged as materialized (select n.position, exists (select from archived_run r where r.id = n.stream_id and n.stream_version <= r.events) as is_archived from next n),
          put as (insert into %2$I select n.* from next n join judged j using (position) where not j.is_archived)
     select max(position), count(*), count(*) filter (where is_archived) from judged', p_partition, p_partition || '_kept')
    into last, looked, archived using after, p_rows;
  update event_compaction set copied = coalesce(last, copied), left_out = left_out + archived where partition = p_partition;
  return looked;
end $$;

-- The copy takes the place of the partition: of all its rows, each was copied or is archived. The last ones are copied while nobody appends. An old
-- partition of which nothing stays is not replaced. Waits at most the time of lock_timeout for each lock.
create function event_compact_swap(p_partition text) returns void
language plpgsql security definer set search_path to 'public', 'pg_temp' set lock_timeout to '50ms' as $$
declare
  bounds text[];
  kept text := p_partition || '_kept';
  given record;
  is_empty boolean;
begin
  lock table only event in access exclusive mode;
  while event_compact_copy(p_partition, 5000) > 0 loop
    null;
  end loop;
  select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$re$) into strict bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'event'::regclass and c.relname = p_partition;
  execute format('alter table event detach partition %I', p_partition);
  execute format('alter table %I rename to %I', p_partition, p_partition || '_gone');
  execute format('select not exists (select from %I)', kept) into is_empty;
  if is_empty and to_timestamp(('x' || left(replace(bounds[2], '-', ''), 12))::bit(48)::bigint / 1000.0) < now() - interval '62 days' then
    execute format('drop table %I', kept);
  else
    execute format('alter table %I rename to %I', kept, p_partition);
    execute format('alter table event attach partition %I for values from (%L) to (%L)', p_partition, bounds[1], bounds[2]);
    execute format('alter table %I drop constraint in_month', p_partition);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                   p_partition || '_no_truncate', p_partition);
    for given in
      select a.privilege_type as privilege, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
        from pg_class c, aclexplode(c.relacl) a where c.oid = 'event'::regclass and a.grantee <> c.relowner
    loop
      execute format('grant %s on %I to %s', given.privilege, p_partition, given.grantee);
    end loop;
  end if;
  update event_compaction set copied = null, gone = gone + left_out, left_out = 0 where partition = p_partition;
end $$;

-- Gives back the disk of partitions whose place was taken.
create function event_compact_clear() returns integer
language plpgsql security definer set search_path to 'public', 'pg_temp' set lock_timeout to '5s' as $$
declare
  gone text;
  cleared integer := 0;
begin
  for gone in
    select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ '^event_y[0-9]{4}m[0-9]{2}_gone$' and not c.relispartition
  loop
    execute format('drop table %I', gone);
    if to_regclass('public.' || left(gone, -5)) is not null then
      execute format('analyze %I', left(gone, -5));
    end if;
    cleared := cleared + 1;
  end loop;
  return cleared;
end $$;
`,
);
