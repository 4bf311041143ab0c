import { sqlMigration } from './sql-migration';

/**
 * Moves leases out of the append's way: an agent's heartbeat updates one row of its own, and only the append locks
 * several rows of the queue and waits. Every statement that locks several rows locks them in the order of their key. A
 * function with the rights of the tables' owner creates partitions, so that servers need not be the owner. See
 * docs/adr/0011.
 */
export const Leases1764000000012 = sqlMigration(
  'Leases1764000000012',
  /* sql */ `
create table agent_lease (
  agent_id uuid primary key,
  seen_at timestamptz not null,
  lease_until timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
insert into agent_lease (agent_id, seen_at, lease_until)
select a.id, a.last_seen_at, coalesce((select max(q.lease_until) from agent_queue q where q.agent_id = a.id), a.last_seen_at) from agent a;
alter table agent drop column last_seen_at;

-- One row: when a server last looked for leases that have run out, and until when none is taken after a time without looks.
create table lease_watch (
  shard int primary key,
  looked_at timestamptz not null,
  grace_until timestamptz not null
);
insert into lease_watch (shard, looked_at, grace_until) values (1, now(), 'epoch');

-- lease_until: when a claim that is not started is over; infinity once it is known to be started, and then the agent's lease counts.
create or replace function agent_queue_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  -- One look by key for each row, in order: no plan that was made while the table was small can turn it into a scan.
  perform 1
     from (select r.id from jsonb_to_recordset(p_rows) as r(id uuid) order by r.id) as r
          cross join lateral (select 1 from agent_queue q where q.id = r.id for update) as locked;
  delete from agent_queue q
   using jsonb_to_recordset(p_rows) as r(id uuid, state text)
   where r.state is null and q.id = r.id;
  insert into agent_queue as q (id, run_id, kind, team_id, task_type, state, agent_id, fence, lease_until, queued_at)
  select r.id, r.run_id, r.kind, r.team_id, r.task_type, r.state, r.agent_id, r.fence,
         case when r.state <> 'ready' then now() + make_interval(secs => r.lease) end, to_timestamp(r.queued / 1000.0)
    from jsonb_to_recordset(p_rows) as r(id uuid, run_id uuid, kind text, team_id uuid, task_type text, state text,
                                         agent_id uuid, fence int, lease float8, queued bigint)
   where r.state is not null
   order by r.id
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind,
         lease_until = excluded.lease_until, delivered_at = null, queued_at = excluded.queued_at;
end $$;

-- A row without due time takes the timer away. Whoever settles fired timers locks in the same order.
create or replace function timer_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  perform 1
     from (select r.stream_id, r.kind, r.item_id
             from jsonb_to_recordset(p_rows) as r(stream_id uuid, kind text, item_id uuid)
            order by r.stream_id, r.kind, r.item_id) as r
          cross join lateral (select 1 from timer t
                               where t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id for update) as locked;
  delete from timer t
   using jsonb_to_recordset(p_rows) as r(stream_id uuid, kind text, item_id uuid, due bigint)
   where r.due is null and t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id;
  insert into timer (stream_id, kind, item_id, due_at, fire_at)
  select r.stream_id, r.kind, r.item_id, to_timestamp(r.due / 1000.0), to_timestamp(r.due / 1000.0)
    from jsonb_to_recordset(p_rows) as r(stream_id uuid, kind text, item_id uuid, due bigint)
   where r.due is not null
   order by r.stream_id, r.kind, r.item_id
  on conflict (stream_id, kind, item_id) do update set due_at = excluded.due_at, fire_at = excluded.fire_at, attempts = 0;
end $$;

-- Makes a monthly partition with the rights of the tables' owner, and gives it the grants of its table. Answers whether it was made.
create function make_month_partition(p_table text, p_month text, p_from uuid, p_to uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
  partition text := p_table || '_' || p_month;
  key text := case p_table when 'event' then 'stream_id' when 'task_log' then 'task_run_id' end;
  taken boolean;
  given record;
begin
  if key is null or p_month !~ '^y[0-9]{4}m[0-9]{2}$' then
    raise exception 'There are no monthly partitions % of %', p_month, p_table using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass('public.' || partition) is not null then
    return false;
  end if;
  -- A month of which the default partition holds rows already is left to it.
  execute format('select exists (select 1 from %I where %I >= $1 and %I < $2)', p_table || '_default', key, key)
     into taken using p_from, p_to;
  if taken then
    return false;
  end if;
  execute format('create table %I partition of %I for values from (%L) to (%L)', partition, p_table, p_from, p_to);
  if p_table = 'event' then
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                   partition || '_no_truncate', partition);
  end if;
  for given in
    select a.privilege_type as privilege, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
      from pg_class c, aclexplode(c.relacl) a where c.oid = to_regclass('public.' || p_table) and a.grantee <> c.relowner
  loop
    execute format('grant %s on %I to %s', given.privilege, partition, given.grantee);
  end loop;
  return true;
end $$;
`,
);
