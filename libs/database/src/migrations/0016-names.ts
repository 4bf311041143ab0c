import { sqlMigration } from './sql-migration';

/**
 * Guards on unique names. They find a taken name before anything is written, so that the batch is decided again without
 * that one command, instead of one command at a time. The unique indexes stay, because these functions read them.
 */
export const Names1764300000016 = sqlMigration(
  'Names1764300000016',
  /* sql */ `
-- Keys are '<team>/<name>'; names have no slash.
create function workflows_named(p_key text) returns bigint language sql stable as $$
  select count(*) from workflow
   where team_id = split_part(p_key, '/', 1)::uuid and name = split_part(p_key, '/', 2) and not deleted
$$;

-- The installation's own have the nil id for a team, as in the index.
create function catalogue_tasks_named(p_key text) returns bigint language sql stable as $$
  select count(*) from catalogue_task
   where coalesce(team_id, '00000000-0000-0000-0000-000000000000'::uuid) = split_part(p_key, '/', 1)::uuid
     and name = split_part(p_key, '/', 2) and not deleted
$$;

create function teams_named(p_name text) returns bigint language sql stable as $$
  select count(*) from team where name = p_name
$$;
`,
);
