import { sqlMigration } from './sql-migration';

/**
 * Guards: limits over many streams. The append itself checks them while it holds the head row, so that two processes
 * cannot both get through. Quotas are checked against `team_load`.
 */
export const Guards1764000000007 = sqlMigration(
  'Guards1764000000007',
  /* sql */ `
drop function ledger_append(jsonb, jsonb, jsonb, jsonb);
create function ledger_append(p_events jsonb, p_expected jsonb, p_receipts jsonb, p_views jsonb, p_guards jsonb)
returns jsonb language plpgsql
-- Its plans are made once for each connection, often while the ledger is still small: they must hold when it is large.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  head ledger_head;
  stale jsonb;
  taken jsonb;
  full_guards jsonb := '[]';
  guard jsonb;
  used bigint;
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
   where (select true from event where stream_id = e.s and stream_version = e.v + 1);
  select jsonb_agg(r.scope || '/' || r.key) into taken
    from jsonb_to_recordset(p_receipts) as r(scope text, key text)
   where (select true from command_receipt c where c.scope = r.scope and c.key = r.key);
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

-- live: runs that have not completed. submitted: runs submitted in the month.
create table team_load (
  team_id uuid primary key,
  live bigint not null,
  month date not null,
  submitted bigint not null
) with (fillfactor = 50);

insert into team_load (team_id, live, month, submitted)
select team_id, coalesce(sum(runs) filter (where phase in ('pending', 'queued', 'running')), 0),
       date_trunc('month', now() at time zone 'UTC')::date,
       coalesce(sum(runs) filter (where day >= date_trunc('month', now() at time zone 'UTC')::date), 0)
  from run_count group by team_id;

create function team_load_apply(p_rows jsonb) returns void language plpgsql as $$
begin
  insert into team_load as t (team_id, live, month, submitted)
  select r.team_id, r.live, r.month, r.submitted
    from jsonb_to_recordset(p_rows) as r(team_id uuid, live bigint, month date, submitted bigint)
  on conflict (team_id) do update
     set live = t.live + excluded.live,
         submitted = case when excluded.month > t.month then excluded.submitted
                          when excluded.month = t.month then t.submitted + excluded.submitted
                          else t.submitted end,
         month = greatest(t.month, excluded.month);
end $$;

create function team_live_runs(p_team text) returns bigint language sql stable as $$
  select coalesce((select live from team_load where team_id = p_team::uuid), 0)
$$;

create function team_monthly_runs(p_team text) returns bigint language sql stable as $$
  select coalesce((select submitted from team_load
                    where team_id = p_team::uuid and month = date_trunc('month', now() at time zone 'UTC')::date), 0)
$$;
`,
);
