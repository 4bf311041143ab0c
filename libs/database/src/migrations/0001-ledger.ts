import { sqlMigration } from './sql-migration';

/**
 * The ledger itself. One head row per shard orders all appends. Events are partitioned by stream id (UUIDv7 contains
 * the creation time), so that old runs are removed by DROP of a partition, never by DELETE. The database refuses to
 * change an event.
 */
export const Ledger1763900000001 = sqlMigration(
  'Ledger1763900000001',
  /* sql */ `
create table ledger_head (
  shard int primary key,
  position bigint not null,
  hash bytea not null,
  recorded_at timestamptz not null
);
insert into ledger_head (shard, position, hash, recorded_at) values (1, 0, decode(repeat('00', 32), 'hex'), 'epoch');

create table event (
  position bigint not null,
  stream_id uuid not null,
  stream_version int not null,
  type text not null,
  schema_version int not null,
  data jsonb not null,
  metadata jsonb not null,
  recorded_at timestamptz not null,
  hash bytea not null,
  constraint event_stream_key primary key (stream_id, stream_version)
) partition by range (stream_id);
create index event_position on event (position);
create table event_default partition of event default;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The ledger is append-only: % of % is refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger event_no_update before update or delete on event for each row execute function refuse_change();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_change();
create trigger event_default_no_truncate before truncate on event_default for each statement execute function refuse_change();
create trigger ledger_head_no_delete before delete on ledger_head for each row execute function refuse_change();
create trigger ledger_head_no_truncate before truncate on ledger_head for each statement execute function refuse_change();

create table command_receipt (
  scope text not null,
  key text not null,
  request_hash text not null,
  answer text not null,
  created_at timestamptz not null default now(),
  constraint command_receipt_key primary key (scope, key)
);
create index command_receipt_created on command_receipt (created_at);

create table subscription (
  name text primary key,
  position bigint not null
);

-- Everything that happens under the lock, in one call: check, number, chain, write, views. See docs/adr/0002.
create function ledger_append(p_events jsonb, p_expected jsonb, p_receipts jsonb, p_views jsonb) returns jsonb
language plpgsql as $$
declare
  head ledger_head;
  stale jsonb;
  taken jsonb;
  digest bytea;
  hashes bytea[] := '{}';
  first_position bigint;
  recorded timestamptz;
  recorded_us bigint;
  view jsonb;
begin
  select * into strict head from ledger_head where shard = 1 for update;

  select jsonb_agg(e.s) into stale
    from jsonb_to_recordset(p_expected) as e(s uuid, v int)
   where exists (select 1 from event where stream_id = e.s and stream_version = e.v + 1);
  select jsonb_agg(r.scope || '/' || r.key) into taken
    from jsonb_to_recordset(p_receipts) as r(scope text, key text)
    join command_receipt c on c.scope = r.scope and c.key = r.key;
  if stale is not null or taken is not null then
    return jsonb_build_object('streams', coalesce(stale, '[]'), 'receipts', coalesce(taken, '[]'));
  end if;

  first_position := head.position + 1;
  recorded := greatest(clock_timestamp(), head.recorded_at);
  recorded_us := (extract(epoch from recorded) * 1000000)::bigint;
  for digest in select (e ->> 'h')::bytea from jsonb_array_elements(p_events) with ordinality as x(e, n) order by n loop
    head.position := head.position + 1;
    head.hash := sha256(head.hash || int8send(head.position) || int8send(recorded_us) || digest);
    hashes := hashes || head.hash;
  end loop;

  if head.position >= first_position then
    insert into event (position, stream_id, stream_version, type, schema_version, data, metadata, recorded_at, hash)
    select first_position + x.ordinality - 1, x.s, x.v, x.t, x.n, x.d, x.m, recorded, x.hash
      from rows from (
        jsonb_to_recordset(p_events) as (s uuid, v int, t text, n int, d jsonb, m jsonb),
        unnest(hashes)
      ) with ordinality as x(s, v, t, n, d, m, hash, ordinality);
    update ledger_head set position = head.position, hash = head.hash, recorded_at = recorded where shard = 1;
  end if;

  insert into command_receipt (scope, key, request_hash, answer)
  select r.scope, r.key, r."requestHash", r.answer
    from jsonb_to_recordset(p_receipts) as r(scope text, key text, "requestHash" text, answer text);

  for view in select v from jsonb_array_elements(p_views) with ordinality as x(v, n) order by n loop
    execute format('select %I($1)', view ->> 'sqlFunction') using view -> 'rows';
  end loop;

  return jsonb_build_object('firstPosition', first_position);
end $$;
`,
);
