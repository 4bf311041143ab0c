import { sqlMigration } from './sql-migration';

/**
 * The state of a run is the fold of its events: no view holds it any more. Events are stored as the texts that were
 * hashed. Older ledgers have other hashes, and ids that do not show the run of a task: the server refuses them before
 * this migration runs, since there is no release yet.
 */
export const LeanAppend1764600000018 = sqlMigration(
  'LeanAppend1764600000018',
  /* sql */ `
alter table event alter column data type text using data::text, alter column metadata type text using metadata::text,
  add column salt bytea not null;

create table snapshot (
  stream_id uuid primary key,
  version   int not null,
  state     text not null
);

drop function ledger_append(jsonb, jsonb, jsonb, jsonb, jsonb);

create function ledger_append(
  p_streams uuid[], p_versions int[], p_types text[], p_schemas int[], p_data text[], p_metadata text[], p_metadata_places int[],
  p_salts bytea, p_digests bytea, p_expected_streams uuid[], p_expected_versions int[], p_receipts jsonb, p_views jsonb, p_guards jsonb)
returns jsonb language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  head ledger_head;
  stale jsonb;
  taken jsonb;
  full_guards jsonb := '[]';
  guard jsonb;
  used bigint;
  hashes bytea[] := '{}';
  first_position bigint;
  recorded timestamptz;
  recorded_us bytea;
  view jsonb;
begin
  select * into strict head from ledger_head where shard = 1 for update;

  select jsonb_agg(e.s) into stale
    from unnest(p_expected_streams, p_expected_versions) as e(s, v)
   where (select true from event where stream_id = e.s and stream_version = e.v + 1);
  if p_receipts <> '[]' then
    select jsonb_agg(r.scope || '/' || r.key) into taken
      from jsonb_to_recordset(p_receipts) as r(scope text, key text)
     where (select true from command_receipt c where c.scope = r.scope and c.key = r.key);
  end if;
  if stale is null and taken is null then
    for guard in select g from jsonb_array_elements(p_guards) as x(g) loop
      execute format('select %I($1)', guard ->> 'f') into used using guard ->> 'k';
      if used + (guard ->> 'n')::bigint > (guard ->> 'l')::bigint then
        full_guards := full_guards || jsonb_build_object('f', guard ->> 'f', 'k', guard ->> 'k', 'used', used);
      end if;
    end loop;
  end if;
  if stale is not null or taken is not null or full_guards <> '[]' then
    return jsonb_build_object('streams', coalesce(stale, '[]'), 'receipts', coalesce(taken, '[]'), 'guards', full_guards);
  end if;

  first_position := head.position + 1;
  if cardinality(p_streams) > 0 then
    recorded := greatest(clock_timestamp(), head.recorded_at);
    recorded_us := int8send((extract(epoch from recorded) * 1000000)::bigint);
    for i in 0 .. cardinality(p_streams) - 1 loop
      head.position := head.position + 1;
      head.hash := sha256(head.hash || int8send(head.position) || recorded_us || substring(p_digests from i * 32 + 1 for 32));
      hashes := hashes || head.hash;
    end loop;
    insert into event (position, stream_id, stream_version, type, schema_version, data, metadata, salt, recorded_at, hash)
    select first_position + x.n - 1, x.s, x.v, x.t, x.c, x.d, p_metadata[x.m], substring(p_salts from x.n::int * 16 - 15 for 16), recorded, x.h
      from unnest(p_streams, p_versions, p_types, p_schemas, p_data, p_metadata_places, hashes) with ordinality as x(s, v, t, c, d, m, h, n);
    update ledger_head set position = head.position, hash = head.hash, recorded_at = recorded where shard = 1;
  end if;

  if p_receipts <> '[]' then
    insert into command_receipt (scope, key, request_hash, answer)
    select r.scope, r.key, r."requestHash", r.answer
      from jsonb_to_recordset(p_receipts) as r(scope text, key text, "requestHash" text, answer text);
  end if;

  for view in select v from jsonb_array_elements(p_views) with ordinality as x(v, n) order by n loop
    execute format('select %I($1)', view ->> 'sqlFunction') using view -> 'rows';
  end loop;

  return jsonb_build_object('firstPosition', first_position);
end $$;

drop function task_run_apply(jsonb);
drop table task_run;

-- What lists show of a run, in two parts: the second changes as the run goes on.
alter table workflow_run drop column state, drop column version,
  add column fixed jsonb not null, add column changing jsonb not null;
drop function workflow_run_apply(jsonb);
create function workflow_run_add(p_rows jsonb) returns void language sql as $$
  insert into workflow_run (id, team_id, workflow_id, status, phase, trigger, creation_date, labels, fixed, changing)
  select r.id, r.team_id, r.workflow_id, r.status, r.phase, r.trigger, to_timestamp(r.created / 1000.0), r.labels, r.fixed, r.changing
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, workflow_id uuid, status text, phase text, trigger text,
                                         created bigint, labels jsonb, fixed jsonb, changing jsonb)
$$;
create function workflow_run_change(p_rows jsonb) returns void language sql as $$
  update workflow_run as w set status = r.status, phase = r.phase, changing = r.changing
    from jsonb_to_recordset(p_rows) as r(id uuid, status text, phase text, changing jsonb)
   where w.id = r.id
$$;
create function workflow_run_overlay(p_rows jsonb) returns void language sql as $$
  update workflow_run as w set labels = r.labels, fixed = r.fixed
    from jsonb_to_recordset(p_rows) as r(id uuid, labels jsonb, fixed jsonb)
   where w.id = r.id
$$;

alter table agent_queue
  add column started boolean not null default false,
  add column bytes int not null default 0,
  add column run_bytes int not null default 0;
create or replace function agent_queue_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  -- One look by key for each row, in order: no plan that was made while the table was small can turn it into a scan.
  perform 1
     from (select r.id from jsonb_to_recordset(p_rows) as r(id uuid) order by r.id) as r
          cross join lateral (select 1 from agent_queue q where q.id = r.id for update) as locked;
  delete from agent_queue q
   using jsonb_to_recordset(p_rows) as r(id uuid, state text)
   where r.state is null and q.id = r.id;
  -- What has been started is its agent's for as long as that agent lives: see agent_lease.
  insert into agent_queue as q (id, run_id, kind, team_id, task_type, state, agent_id, fence, started, bytes, run_bytes, lease_until, queued_at)
  select r.id, r.run_id, r.kind, r.team_id, r.task_type, r.state, r.agent_id, r.fence, r.started, r.bytes, r.run_bytes,
         case when r.state = 'leased' and r.started then 'infinity'
              when r.state <> 'ready' then now() + make_interval(secs => r.lease) end, to_timestamp(r.queued / 1000.0)
    from jsonb_to_recordset(p_rows) as r(id uuid, run_id uuid, kind text, team_id uuid, task_type text, state text, agent_id uuid,
                                         fence bigint, started boolean, bytes int, run_bytes int, lease float8, queued bigint)
   where r.state is not null
   order by r.id
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind, started = excluded.started,
         lease_until = excluded.lease_until, delivered_at = null, missed_at = null, queued_at = excluded.queued_at;
end $$;
`,
);
