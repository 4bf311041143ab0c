import { sqlMigration } from './sql-migration';

/**
 * Names and addresses of people are sealed, each with a key of the person; erasing throws the key away: see ADR 0022. The keys are not in the ledger.
 * Servers may read them, and make and delete them only through these functions, which have the rights of the owner. `erasure` is a view of the events
 * that say what was erased.
 */
export const Erasure1764800000040 = sqlMigration(
  'Erasure1764800000040',
  /* sql */ `
create table personal_key (
  -- HKDF of the key: what is sealed names it, and so is bound to this key.
  id text primary key,
  team_id uuid,
  subject text not null,
  -- Whom the subject is another name of; else the subject itself.
  owner text not null,
  key bytea not null check (octet_length(key) = 32),
  created_at timestamptz not null default now()
);
create unique index personal_key_subject on personal_key (coalesce(team_id, '00000000-0000-0000-0000-000000000000'::uuid), subject);
create index personal_key_named on personal_key (subject);
create index personal_key_owner on personal_key (owner);

create table erasure (
  id uuid primary key,
  team_id uuid,
  version integer not null,
  state jsonb not null
);
create index erasure_team on erasure (team_id, id);
create index erasure_keys on erasure using gin ((state -> 'keys'));

create function erasure_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into erasure (id, team_id, version, state)
  select (r ->> 'id')::uuid, (r ->> 'team_id')::uuid, (r ->> 'version')::int, r -> 'state' from jsonb_array_elements(p_rows) as r;
end $$;

-- The key of a subject; p_id and p_key become it if there is none.
create function personal_key_of(p_team uuid, p_subject text, p_owner text, p_id text, p_key bytea) returns bytea
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  nowhere constant uuid := '00000000-0000-0000-0000-000000000000';
  found_owner text;
  found_key bytea;
begin
  select owner, key into found_owner, found_key from personal_key where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  if not found then
    insert into personal_key (id, team_id, subject, owner, key) values (p_id, p_team, p_subject, p_owner, p_key) on conflict do nothing;
    select owner, key into found_owner, found_key from personal_key where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  end if;
  if p_owner <> p_subject and found_owner = p_subject then
    update personal_key set owner = p_owner where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  end if;
  return found_key;
end $$;

-- Throws away the keys that recorded erasures name and that are there, of one erasure or of all. Answers how many.
create function personal_keys_erase(p_erasure uuid default null) returns integer
language plpgsql security definer set search_path to 'public', 'pg_temp' as $$
declare
  gone integer;
begin
  delete from personal_key k
   using erasure r join event e on e.stream_id = r.id and e.stream_version = 1 and e.type = 'PersonalDataErased',
         jsonb_array_elements_text(e.data::jsonb -> 'keys') as named(id)
   where k.id = named.id and (p_erasure is null or r.id = p_erasure);
  get diagnostics gone = row_count;
  return gone;
end $$;
`,
);
