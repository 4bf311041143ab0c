import { sqlMigration } from './sql-migration';

/** Params of the installation; members, approver groups, quotas and params of teams. */
export const TeamSettings1764000000009 = sqlMigration(
  'TeamSettings1764000000009',
  /* sql */ `
create table global_parameters (
  id uuid primary key,
  version int not null,
  state jsonb not null
);

create function global_parameters_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into global_parameters (id, version, state)
  select r.id, r.version, r.state from jsonb_to_recordset(p_rows) as r(id uuid, version int, state jsonb)
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $$;

update team set state = '{"quotas": {"maxWorkflowCount": 0, "maxWorkflowRunMonthly": 0, "maxWorkflowStorage": 0,
  "maxWorkflowRunStorage": 0, "maxWorkflowRunDuration": 0, "maxConcurrentRuns": 0},
  "members": [], "approverGroups": [], "parameters": []}'::jsonb || state;

create function team_workflow_count(p_team text) returns bigint language sql stable as $$
  select count(*) from workflow where team_id = p_team::uuid and not deleted
$$;
`,
);
