import { sqlMigration } from './sql-migration';

/**
 * The index of the audit trail: which command changed what, for whom and by whom. The ledger has the rest. A subscription writes it, a moment after
 * the commit. Actors and actions are hashes, which keep rows narrow; who reads looks at the event itself. `audit_name`: what things were called last.
 */
export const Audit1764700000026 = sqlMigration(
  'Audit1764700000026',
  /* sql */ `
create table audit_entry (
  position bigint not null,
  team_id uuid,
  actor bigint not null,
  action bigint not null,
  has_reason boolean not null,
  is_refused boolean not null
);
create index audit_entry_team on audit_entry (team_id, position);
create index audit_entry_actor on audit_entry (actor, position);
create index audit_entry_position on audit_entry (position);
create index audit_entry_reason on audit_entry (team_id, position) where has_reason;
create index audit_entry_refused on audit_entry (team_id, position) where is_refused;

create table audit_name (id uuid primary key, name text not null);

-- 64 bits of the text's MD5: not a secret, only short.
create function audit_hash(text) returns bigint language sql immutable strict parallel safe
return ('x' || left(md5($1), 16))::bit(64)::bigint;

-- Adds the changes that begin after p_from and not after p_to, and the names that events there give.
create function audit_index(p_from bigint, p_to bigint) returns void language plpgsql as $$
begin
  insert into audit_entry (position, team_id, actor, action, has_reason, is_refused)
  select e.position, (m ->> 'teamId')::uuid, audit_hash(m ->> 'actor'), audit_hash(m ->> 'action'), m ? 'reason',
         e.type in ('AttemptRefused', 'AttemptsSummarised')
    from event e cross join lateral (select e.metadata::jsonb as m) as x
   where e.position > p_from and e.position <= p_to and e.metadata is not null
   order by e.position;
  insert into audit_name (id, name)
  select distinct on (id) id, name
    from (select e.stream_id as id, e.position,
                 case when e.type in ('TokenCreated', 'TeamCreated', 'ScheduleCreated') then d ->> 'name'
                      when e.type = 'TeamUpdated' then d -> 'changes' ->> 'name'
                      when e.type = 'ScheduleUpdated' then d -> 'settings' ->> 'name'
                      else d -> 'summary' ->> 'name' end as name
            from event e cross join lateral (select e.data::jsonb as d) as x
           where e.position > p_from and e.position <= p_to
             and e.type in ('TokenCreated', 'TeamCreated', 'ScheduleCreated', 'TeamUpdated', 'ScheduleUpdated',
                            'WorkflowCreated', 'WorkflowRevised', 'CatalogueTaskCreated', 'CatalogueTaskRevised')) as named
   where name is not null
   order by id, position desc
  on conflict (id) do update set name = excluded.name;
end $$;
`,
);
