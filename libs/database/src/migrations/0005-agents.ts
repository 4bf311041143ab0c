import { sqlMigration } from './sql-migration';

/**
 * Agents, the queue of items that they may claim, and the output of tasks. `agent_queue` is a view of the ledger (the
 * append writes it). Heartbeats, which are no events, move its leases. Logs are not in the ledger.
 */
export const Agents1763900000005 = sqlMigration(
  'Agents1763900000005',
  /* sql */ `
create table agent (
  id uuid primary key,
  token_id uuid not null,
  team_id uuid,
  name text not null,
  host text not null,
  task_types text[] not null,
  registered_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index agent_token on agent (token_id);

-- state: ready = may be claimed, leased = held, stopping = ended while held, and its holder has not acknowledged it.
create table agent_queue (
  id uuid primary key,
  run_id uuid not null,
  kind text not null,
  team_id uuid not null,
  task_type text not null,
  state text not null,
  agent_id uuid,
  fence int not null,
  lease_until timestamptz,
  delivered_at timestamptz,
  queued_at timestamptz not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index agent_queue_ready on agent_queue (kind, queued_at, id) where state = 'ready';
create index agent_queue_leased on agent_queue (lease_until) where state <> 'ready';
create index agent_queue_agent on agent_queue (agent_id) where state <> 'ready';

create function agent_queue_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  delete from agent_queue q
   using jsonb_to_recordset(p_rows) as r(id uuid, state text)
   where r.state is null and q.id = r.id;
  insert into agent_queue as q (id, run_id, kind, team_id, task_type, state, agent_id, fence, lease_until, queued_at)
  select r.id, r.run_id, r.kind, r.team_id, r.task_type, r.state, r.agent_id, r.fence,
         case when r.state <> 'ready' then now() + make_interval(secs => r.lease) end, to_timestamp(r.queued / 1000.0)
    from jsonb_to_recordset(p_rows) as r(id uuid, run_id uuid, kind text, team_id uuid, task_type text, state text,
                                         agent_id uuid, fence int, lease float8, queued bigint)
   where r.state is not null
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind,
         lease_until = excluded.lease_until, delivered_at = null, queued_at = excluded.queued_at;
end $$;

create table task_log (
  task_run_id uuid not null,
  byte_offset int not null,
  chunk bytea not null,
  recorded_at timestamptz not null default now(),
  constraint task_log_key primary key (task_run_id, byte_offset)
) partition by range (task_run_id);
create table task_log_default partition of task_log default;
`,
);
