import { sqlMigration } from './sql-migration';

/**
 * The server may work as a role that owns nothing and cannot write events: it calls functions that do it with the rights of the owner. They do
 * only what every server does, whoever calls them. `service-role.ts` gives the grants.
 */
export const ServiceRole1764800000032 = sqlMigration(
  'ServiceRole1764800000032',
  /* sql */ `
-- Makes other appends wait. As the owner: a lock of a row needs the right to change it.
create function ledger_lock() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  head ledger_head;
begin
  select * into strict head from ledger_head where shard = 1 for update;
end $$;

-- Numbers and chains the events after the head, and writes them. Answers the first position.
create function ledger_write(
  p_streams uuid[], p_versions int[], p_types text[], p_schemas int[], p_data text[], p_metadata text[], p_metadata_places int[],
  p_salts bytea, p_digests bytea)
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  count int := cardinality(p_streams);
  head ledger_head;
  hashes bytea[] := '{}';
  first_position bigint;
  recorded timestamptz;
  recorded_us bytea;
begin
  if octet_length(p_salts) <> count * 16 or octet_length(p_digests) <> count * 32 then
    raise exception 'Each of % events needs a salt of 16 bytes and a digest of 32', count using errcode = 'invalid_parameter_value';
  end if;
  select * into strict head from ledger_head where shard = 1 for update;
  first_position := head.position + 1;
  if count > 0 then
    recorded := greatest(clock_timestamp(), head.recorded_at);
    recorded_us := int8send((extract(epoch from recorded) * 1000000)::bigint);
    for i in 0 .. count - 1 loop
      head.position := head.position + 1;
      head.hash := sha256(head.hash || int8send(head.position) || recorded_us || substring(p_digests from i * 32 + 1 for 32));
      hashes := hashes || head.hash;
    end loop;
    -- A stream that has moved on has this version already: its key refuses the append.
    insert into event (position, stream_id, stream_version, type, schema_version, data, metadata, salt, recorded_at, hash)
    select first_position + x.n - 1, x.s, x.v, x.t, x.c, x.d, p_metadata[x.m], substring(p_salts from x.n::int * 16 - 15 for 16), recorded, x.h
      from unnest(p_streams, p_versions, p_types, p_schemas, p_data, p_metadata_places, hashes) with ordinality as x(s, v, t, c, d, m, h, n);
    update ledger_head set position = head.position, hash = head.hash, recorded_at = recorded where shard = 1;
  end if;
  return first_position;
end $$;

create or replace function ledger_append(
  p_streams uuid[], p_versions int[], p_types text[], p_schemas int[], p_data text[], p_metadata text[], p_metadata_places int[],
  p_salts bytea, p_digests bytea, p_receipts jsonb, p_guards jsonb)
returns jsonb language plpgsql
as $$
declare
  taken jsonb;
  full_guards jsonb := '[]';
  guard jsonb;
  used bigint;
  first_position bigint;
begin
  perform ledger_lock();

  if p_receipts <> '[]' then
    select jsonb_agg(r.scope || '/' || r.key) into taken
      from jsonb_to_recordset(p_receipts) as r(scope text, key text)
     where (select true from command_receipt c where c.scope = r.scope and c.key = r.key);
  end if;
  -- These run with the rights of the caller, who names them.
  if taken is null and p_guards <> '[]' then
    for guard in select g from jsonb_array_elements(p_guards) as x(g) loop
      execute format('select %I($1)', guard ->> 'f') into used using guard ->> 'k';
      if used + (guard ->> 'n')::bigint > (guard ->> 'l')::bigint then
        full_guards := full_guards || jsonb_build_object('f', guard ->> 'f', 'k', guard ->> 'k', 'used', used);
      end if;
    end loop;
  end if;
  if taken is not null or full_guards <> '[]' then
    return jsonb_build_object('receipts', coalesce(taken, '[]'), 'guards', full_guards);
  end if;

  first_position := ledger_write(p_streams, p_versions, p_types, p_schemas, p_data, p_metadata, p_metadata_places, p_salts, p_digests);

  if p_receipts <> '[]' then
    insert into command_receipt (scope, key, request_hash, answer)
    select r.scope, r.key, r."requestHash", r.answer
      from jsonb_to_recordset(p_receipts) as r(scope text, key text, "requestHash" text, answer text);
  end if;

  return jsonb_build_object('firstPosition', first_position);
end $$;

drop function make_month_partition(text, text, uuid, uuid);

-- Makes the partition of a month such as y2026m11 with the rights of the tables' owner, and gives it the grants of its table. Answers whether
-- it was made.
create function make_month_partition(p_table text, p_month text) returns boolean
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
  partition text := p_table || '_' || p_month;
  key text := case p_table when 'event' then 'stream_id' when 'task_log' then 'task_run_id' end;
  first_day timestamptz;
  bounds uuid[] := '{}';
  taken boolean;
  given record;
begin
  if key is null or p_month !~ '^y[0-9]{4}m(0[1-9]|1[0-2])$' then
    raise exception 'There are no monthly partitions % of %', p_month, p_table using errcode = 'invalid_parameter_value';
  end if;
  first_day := make_timestamptz(substr(p_month, 2, 4)::int, substr(p_month, 7, 2)::int, 1, 0, 0, 0, 'UTC');
  if first_day not between now() - interval '13 months' and now() + interval '13 months' then
    raise exception 'The partition of % is more than 13 months away', p_month using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass('public.' || partition) is not null then
    return false;
  end if;
  -- The smallest UUIDv7 of this month, and of the next.
  for ahead in 0 .. 1 loop
    bounds := bounds || (lpad(to_hex((extract(epoch from (first_day at time zone 'UTC' + make_interval(months => ahead)) at time zone 'UTC')
                                      * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid;
  end loop;
  -- A month of which the default partition holds rows already is left to it.
  execute format('select exists (select 1 from %I where %I >= $1 and %I < $2)', p_table || '_default', key, key)
     into taken using bounds[1], bounds[2];
  if taken then
    return false;
  end if;
  execute format('create table %I partition of %I for values from (%L) to (%L)', partition, p_table, bounds[1], bounds[2]);
  if p_table = 'event' then
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                   partition || '_no_truncate', partition);
  end if;
  for given in
    select a.privilege_type as privilege, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
      from pg_class c, aclexplode(c.relacl) a where c.oid = to_regclass('public.' || p_table) and a.grantee <> c.relowner
  loop
    execute format('grant %s on %I to %s', given.privilege, partition, given.grantee);
  end loop;
  return true;
end $$;

-- Only the owner, and whom service-role.ts grants them to.
revoke execute on function ledger_lock(), make_month_partition(text, text),
  ledger_write(uuid[], int[], text[], int[], text[], text[], int[], bytea, bytea),
  ledger_append(uuid[], int[], text[], int[], text[], text[], int[], bytea, bytea, jsonb, jsonb) from public;
`,
);
