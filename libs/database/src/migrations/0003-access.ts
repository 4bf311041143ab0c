import { sqlMigration } from './sql-migration';

/** Teams and tokens: streams of the ledger, with one row each. Of a token, only the SHA-256 is stored. */
export const Access1763900000003 = sqlMigration(
  'Access1763900000003',
  /* sql */ `
create table team (
  id uuid primary key,
  name text not null constraint team_name_key unique,
  status text not null,
  labels jsonb not null,
  creation_date timestamptz not null,
  version int not null,
  state jsonb not null
);

create table token (
  id uuid primary key,
  sha256 text not null constraint token_sha256_key unique,
  type text not null,
  principal text,
  name text,
  creation_date timestamptz not null,
  expiration_date timestamptz,
  revoked boolean not null,
  version int not null,
  state jsonb not null
);
create index token_created on token (creation_date, id);

create function team_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into team (id, name, status, labels, creation_date, version, state)
  select r.id, r.name, r.status, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, name text, status text, labels jsonb, created bigint, version int, state jsonb)
  on conflict (id) do update
     set name = excluded.name, status = excluded.status, labels = excluded.labels, version = excluded.version, state = excluded.state;
end $$;

create function token_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into token (id, sha256, type, principal, name, creation_date, expiration_date, revoked, version, state)
  select r.id, r.sha256, r.type, r.principal, r.name, to_timestamp(r.created / 1000.0), to_timestamp(r.expires / 1000.0),
         r.revoked, r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, sha256 text, type text, principal text, name text, created bigint,
                                         expires bigint, revoked boolean, version int, state jsonb)
  on conflict (id) do update set revoked = excluded.revoked, version = excluded.version, state = excluded.state;
end $$;
`,
);
