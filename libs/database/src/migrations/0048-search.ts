import { sqlMigration } from './sql-migration';

/**
 * The words of runs, for the search by text: no text itself, and nothing that answers mask. A subscription writes them, a moment after the commit;
 * an archived run leaves. Runs are read in the order of their ids: by creation, a retry or child beside the run that it
 * comes from. See ADR 0027.
 */
export const Search1764800000048 = sqlMigration(
  'Search1764800000048',
  /* sql */ `
-- words: those of its texts, and its team and workflow as @<id>, so that the index finds no runs of others.
-- results: those that the definition marks as searchable, as answers show them, cut.
create table run_text (
  id uuid primary key,
  team_id uuid not null,
  workflow_id uuid not null,
  words tsvector not null,
  results json not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
create index run_text_team on run_text (team_id, id);
create index run_text_workflow on run_text (workflow_id, id);
create index run_text_words on run_text using gin (words);

-- words: a JSON list of texts for each run.
create function run_text_put(id uuid[], team_id uuid[], workflow_id uuid[], words jsonb[], results json[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into run_text (id, team_id, workflow_id, words, results)
  select r.id, r.team_id, r.workflow_id, array_to_tsvector(array(select jsonb_array_elements_text(r.words)) || ('@' || r.team_id) || ('@' || r.workflow_id)), r.results
    from unnest($1, $2, $3, $4, $5) as r(id, team_id, workflow_id, words, results)
   where not exists (select from archived_run a where a.id = r.id)
   order by r.id
  on conflict (id) do update set words = excluded.words, results = excluded.results;
end $$;

create function run_text_archived() returns trigger language plpgsql as $$
begin
  delete from run_text where id in (select id from gone);
  return null;
end $$;
create trigger archived_run_text after insert on archived_run referencing new table as gone
  for each statement execute function run_text_archived();
`,
);
