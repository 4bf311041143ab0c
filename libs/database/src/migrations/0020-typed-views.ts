import { sqlMigration } from './sql-migration';

/**
 * The functions that write the views of runs take an array for each column, named like the fields of their rows, in place of one JSON
 * document; and the append calls none of them itself: they are called beside it, in the same statement.
 */
export const TypedViews1764600000020 = sqlMigration(
  'TypedViews1764600000020',
  /* sql */ `
drop function ledger_append(uuid[], int[], text[], int[], text[], text[], int[], bytea, bytea, uuid[], int[], jsonb, jsonb, jsonb);

create function ledger_append(
  p_streams uuid[], p_versions int[], p_types text[], p_schemas int[], p_data text[], p_metadata text[], p_metadata_places int[],
  p_salts bytea, p_digests bytea, p_receipts jsonb, p_guards jsonb)
returns jsonb language plpgsql
as $$
declare
  head ledger_head;
  taken jsonb;
  full_guards jsonb := '[]';
  guard jsonb;
  used bigint;
  hashes bytea[] := '{}';
  first_position bigint;
  recorded timestamptz;
  recorded_us bytea;
begin
  select * into strict head from ledger_head where shard = 1 for update;

  if p_receipts <> '[]' then
    select jsonb_agg(r.scope || '/' || r.key) into taken
      from jsonb_to_recordset(p_receipts) as r(scope text, key text)
     where (select true from command_receipt c where c.scope = r.scope and c.key = r.key);
  end if;
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

  first_position := head.position + 1;
  if cardinality(p_streams) > 0 then
    recorded := greatest(clock_timestamp(), head.recorded_at);
    recorded_us := int8send((extract(epoch from recorded) * 1000000)::bigint);
    for i in 0 .. cardinality(p_streams) - 1 loop
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

  if p_receipts <> '[]' then
    insert into command_receipt (scope, key, request_hash, answer)
    select r.scope, r.key, r."requestHash", r.answer
      from jsonb_to_recordset(p_receipts) as r(scope text, key text, "requestHash" text, answer text);
  end if;

  return jsonb_build_object('firstPosition', first_position);
end $$;

-- Nothing asks for a part of it: it is kept as it was written.
alter table workflow_run alter column changing type json using changing::json;

drop function workflow_run_add(jsonb);
create function workflow_run_add(
  id uuid[], team_id uuid[], workflow_id uuid[], status text[], phase text[], trigger text[], created bigint[],
  labels jsonb[], fixed jsonb[], changing json[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into workflow_run (id, team_id, workflow_id, status, phase, trigger, creation_date, labels, fixed, changing)
  select r.id, r.team_id, r.workflow_id, r.status, r.phase, r.trigger, to_timestamp(r.created / 1000.0), r.labels, r.fixed, r.changing
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           as r(id, team_id, workflow_id, status, phase, trigger, created, labels, fixed, changing);
end $$;

drop function workflow_run_change(jsonb);
create function workflow_run_change(id uuid[], status text[], phase text[], changing json[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  update workflow_run as w set status = r.status, phase = r.phase, changing = r.changing
    from unnest($1, $2, $3, $4) as r(id, status, phase, changing)
   where w.id = r.id;
end $$;

drop function workflow_run_overlay(jsonb);
create function workflow_run_overlay(id uuid[], labels jsonb[], fixed jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  update workflow_run as w set labels = r.labels, fixed = r.fixed
    from unnest($1, $2, $3) as r(id, labels, fixed)
   where w.id = r.id;
end $$;

drop function run_count_apply(jsonb);
create function run_count_apply(
  team_id uuid[], workflow_id uuid[], day text[], status text[], phase text[], trigger text[], delta bigint[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
  select r.team_id, r.workflow_id, r.day::date, r.status, r.phase, r.trigger, r.delta
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(team_id, workflow_id, day, status, phase, trigger, delta)
  on conflict (team_id, workflow_id, day, status, phase, trigger) do update set runs = run_count.runs + excluded.runs;
end $$;

drop function agent_queue_apply(jsonb);
create function agent_queue_apply(
  id uuid[], run_id uuid[], kind text[], team_id uuid[], task_type text[], state text[], agent_id uuid[], fence bigint[],
  started boolean[], bytes int[], run_bytes int[], lease float8[], queued bigint[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  -- One look by key for each row, in order: no plan that was made while the table was small can turn it into a scan.
  if cardinality($1) > 1 then
    perform 1
       from (select r.id from unnest($1) as r(id) order by r.id) as r
            cross join lateral (select 1 from agent_queue q where q.id = r.id for update) as locked;
  end if;
  if array_position($6, null) is not null then
    delete from agent_queue q using unnest($1, $6) as r(id, state) where r.state is null and q.id = r.id;
  end if;
  -- What has been started is its agent's for as long as that agent lives: see agent_lease.
  insert into agent_queue as q (id, run_id, kind, team_id, task_type, state, agent_id, fence, started, bytes, run_bytes, lease_until, queued_at)
  select r.id, r.run_id, r.kind, r.team_id, r.task_type, r.state, r.agent_id, r.fence, r.started, r.bytes, r.run_bytes,
         case when r.state = 'leased' and r.started then 'infinity'
              when r.state <> 'ready' then now() + make_interval(secs => r.lease) end, to_timestamp(r.queued / 1000.0)
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           as r(id, run_id, kind, team_id, task_type, state, agent_id, fence, started, bytes, run_bytes, lease, queued)
   where r.state is not null
   order by r.id
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind, started = excluded.started,
         lease_until = excluded.lease_until, delivered_at = null, missed_at = null, queued_at = excluded.queued_at;
end $$;

drop function timer_apply(jsonb);
create function timer_apply(stream_id uuid[], kind text[], item_id uuid[], due bigint[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  if cardinality($1) > 1 then
    perform 1
       from (select r.stream_id, r.kind, r.item_id from unnest($1, $2, $3) as r(stream_id, kind, item_id)
              order by r.stream_id, r.kind, r.item_id) as r
            cross join lateral (select 1 from timer t
                                 where t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id for update) as locked;
  end if;
  if array_position($4, null) is not null then
    delete from timer t
     using unnest($1, $2, $3, $4) as r(stream_id, kind, item_id, due)
     where r.due is null and t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id;
  end if;
  insert into timer (stream_id, kind, item_id, due_at, fire_at)
  select r.stream_id, r.kind, r.item_id, to_timestamp(r.due / 1000.0), to_timestamp(r.due / 1000.0)
    from unnest($1, $2, $3, $4) as r(stream_id, kind, item_id, due)
   where r.due is not null
   order by r.stream_id, r.kind, r.item_id
  on conflict (stream_id, kind, item_id) do update set due_at = excluded.due_at, fire_at = excluded.fire_at, attempts = 0;
end $$;

drop function action_apply(jsonb);
create function action_apply(
  id uuid[], run_id uuid[], task_run_id uuid[], team_id uuid[], workflow_id uuid[], type text[], status text[], created bigint[],
  state jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into action (id, run_id, task_run_id, team_id, workflow_id, type, status, creation_date, state)
  select r.id, r.run_id, r.task_run_id, r.team_id, r.workflow_id, r.type, r.status, to_timestamp(r.created / 1000.0), r.state
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
           as r(id, run_id, task_run_id, team_id, workflow_id, type, status, created, state)
  on conflict (id) do update set status = excluded.status, state = excluded.state;
end $$;

drop function team_load_apply(jsonb);
create function team_load_apply(team_id uuid[], live bigint[], month text[], submitted bigint[])
returns void language plpgsql as $$
#variable_conflict use_column
begin
  insert into team_load as t (team_id, live, month, submitted)
  select r.team_id, r.live, r.month::date, r.submitted
    from unnest($1, $2, $3, $4) as r(team_id, live, month, submitted)
  on conflict (team_id) do update
     set live = t.live + excluded.live,
         submitted = case when excluded.month > t.month then excluded.submitted
                          when excluded.month = t.month then t.submitted + excluded.submitted
                          else t.submitted end,
         month = greatest(t.month, excluded.month);
end $$;
`,
);
