import { sqlMigration } from './sql-migration';

/** Runs of an archive leave the views some at once: commands wait for the counters a moment only. */
export const ArchiveInSteps1764800000043 = sqlMigration(
  'ArchiveInSteps1764800000043',
  /* sql */ `
create index archived_run_archive on archived_run (archive_id);

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
  delete from workflow_run where id = any(runs);
  -- Last, and in the order of the key: commands wait for these rows.
  perform run_count_apply(array_agg(g.team_id), array_agg(g.workflow_id), array_agg(g.day), array_agg(g.status), array_agg(g.phase),
                          array_agg(g.trigger), array_agg(-g.runs))
     from (select team_id, workflow_id, (creation_date at time zone 'UTC')::date::text as day, status, phase, trigger, count(*) as runs
             from run_status where id = any(runs) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6) as g having count(*) > 0;
  delete from run_status where id = any(runs);
  if taken.runs < (archive ->> 'runs')::bigint then
    return false;
  end if;
  update ledger_archive set positions = p_positions where id = p_archive;
  return true;
end $$;
`,
);
