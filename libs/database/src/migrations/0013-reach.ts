import { sqlMigration } from './sql-migration';

/**
 * Fences get a random part, so they are bigints. An agent no longer has a team: it may claim what its token's current
 * reach covers. Members are looked up by person.
 */
export const Reach1764200000013 = sqlMigration(
  'Reach1764200000013',
  /* sql */ `
alter table agent drop column team_id;
alter table agent_queue alter column fence type bigint;
create index team_members on team using gin ((state -> 'members') jsonb_path_ops);

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
         lease_until = excluded.lease_until, delivered_at = null, queued_at = excluded.queued_at;
end $$;
`,
);
