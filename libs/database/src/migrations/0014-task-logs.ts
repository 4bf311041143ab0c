import { sqlMigration } from './sql-migration';

/**
 * The output of a task is stored by claim: each try begins at byte 0. A separate row counts the stored bytes of a task;
 * two senders of the same task's output wait for its lock. Older output has the fence 0, and so comes first.
 */
export const TaskLogs1764300000014 = sqlMigration(
  'TaskLogs1764300000014',
  /* sql */ `
alter table task_log add column fence bigint not null default 0;
alter table task_log drop constraint task_log_key;
alter table task_log add constraint task_log_key primary key (task_run_id, fence, byte_offset);

create table task_log_size (
  task_run_id uuid primary key,
  bytes bigint not null,
  chunks int not null,
  -- Something was left out, and a line that says so is stored.
  is_full boolean not null default false
) with (fillfactor = 70);
insert into task_log_size (task_run_id, bytes, chunks)
select task_run_id, sum(length(chunk)), count(*) from task_log group by task_run_id;

-- Since when the agent that holds it has not named it in its heartbeats.
alter table agent_queue add column missed_at timestamptz;

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
                                         agent_id uuid, fence bigint, lease float8, queued bigint)
   where r.state is not null
   order by r.id
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind,
         lease_until = excluded.lease_until, delivered_at = null, missed_at = null, queued_at = excluded.queued_at;
end $$;
`,
);
