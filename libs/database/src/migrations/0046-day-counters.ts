import { sqlMigration } from './sql-migration';

/**
 * Counters of a whole team, beside those of its workflows: searches and counts that name no workflow read some thousand rows a year of them,
 * however many workflows there are.
 */
export const DayCounters1764800000046 = sqlMigration(
  'DayCounters1764800000046',
  /* sql */ `
create table run_day_count (
  team_id uuid not null,
  day date not null,
  status text not null,
  phase text not null,
  trigger text not null,
  runs bigint not null,
  constraint run_day_count_key primary key (team_id, day, status, phase, trigger)
) with (fillfactor = 50);

-- Totals of actions are counted from the index alone.
drop index action_team_created;
create index action_team_created on action (team_id, creation_date, id) include (type, status, workflow_id);

insert into run_day_count (team_id, day, status, phase, trigger, runs)
select team_id, day, status, phase, trigger, sum(runs) from run_count
 group by team_id, day, status, phase, trigger having sum(runs) <> 0;

create or replace function run_count_apply(team_id uuid[], workflow_id uuid[], day text[], status text[], phase text[], trigger text[], delta bigint[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
  select r.team_id, r.workflow_id, r.day::date, r.status, r.phase, r.trigger, r.delta
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(team_id, workflow_id, day, status, phase, trigger, delta)
  on conflict (team_id, workflow_id, day, status, phase, trigger) do update set runs = run_count.runs + excluded.runs;
  insert into run_day_count (team_id, day, status, phase, trigger, runs)
  select r.team_id, r.day::date, r.status, r.phase, r.trigger, sum(r.delta)
    from unnest($1, $3, $4, $5, $6, $7) as r(team_id, day, status, phase, trigger, delta)
   group by 1, 2, 3, 4, 5 having sum(r.delta) <> 0 order by 1, 2, 3, 4, 5
  on conflict (team_id, day, status, phase, trigger) do update set runs = run_day_count.runs + excluded.runs;
end $$;
`,
);
