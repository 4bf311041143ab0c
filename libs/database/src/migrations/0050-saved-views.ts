import { sqlMigration } from './sql-migration';

/** The saved views of one person in one team, or those of the team, are one stream, with one row. */
export const SavedViews1764800000050 = sqlMigration(
  'SavedViews1764800000050',
  /* sql */ `
create table saved_views (
  id uuid primary key,
  team_id uuid not null,
  version int not null,
  state jsonb not null
);
create index saved_views_team on saved_views (team_id);

create function saved_views_apply(id uuid[], team_id uuid[], version int[], state jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into saved_views (id, team_id, version, state)
  select r.id, r.team_id, r.version, r.state from unnest($1, $2, $3, $4) as r(id, team_id, version, state)
   order by r.id
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $$;
`,
);
