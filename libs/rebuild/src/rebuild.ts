import { ViewFunctions } from '#libs/ledger';
import { createRunViews, readSpeakingLandmarks, RunPlans } from '#libs/runs';
import type { PoolClient } from 'pg';
import { type OnReplayed, Replay } from './replay';
import { type Column, createShadows, derivedColumns, differs, ShadowWriter, viewColumns } from './shadow-tables';
import { type ViewName, viewNames, viewOf } from './views';

export { ReplayError } from './replay';

/** A live row that is not what the ledger says. */
export interface Difference {
  readonly view: ViewName;
  /** The stream that it follows from; null: many. */
  readonly stream: string | null;
  readonly key: Readonly<Record<string, unknown>>;
  /** The columns that differ; all where a row is missing or should not be there. */
  readonly columns: readonly string[];
  /** Null: the row is missing. */
  readonly live: Readonly<Record<string, unknown>> | null;
  /** Null: the row should not be there. */
  readonly rebuilt: Readonly<Record<string, unknown>> | null;
}

export interface ViewReport {
  readonly view: ViewName;
  /** Rebuilt rows. */
  readonly rows: number;
  readonly differences: number;
}

export interface Rebuilt {
  /** The position up to which was replayed, and the number of events. */
  readonly position: number;
  readonly events: number;
  readonly views: readonly ViewReport[];
  /** The first ones, at most `mostListed`. */
  readonly differences: readonly Difference[];
}

export interface RebuildOptions {
  /** Absent: all. */
  readonly views?: readonly ViewName[];
  readonly onReplayed?: (events: number, total: number) => void;
  /** Differences that are listed at most; all are counted. */
  readonly mostListed?: number;
}

/** With more events, PostgreSQL must know how large the shadow tables are. */
const eventsOfPlans = 10_000;
/** Positions whose entries of the trail are written at once. */
const auditStep = 20_000;
/** Events that say something to the views that follow the ledger: so many of them are taken at once. And those views. */
const followStep = 2000;
const followers: readonly ViewName[] = ['run_outcome', 'run_length_count', 'run_text'];

/**
 * Replays the whole ledger into shadow tables and compares them with the live views, all of one moment: an append writes events and
 * views in one transaction, so they belong together, and appends go on meanwhile. The shadow tables stay with the
 * connection for `swapViews`; it must be new, and closed afterwards.
 * @param reader another connection, on which events are read while the first writes what the former ones say.
 */
export async function rebuildViews(
  client: PoolClient,
  reader: PoolClient,
  { views = viewNames, onReplayed, mostListed = 1000 }: RebuildOptions = {},
): Promise<Rebuilt> {
  await client.query(`set temp_buffers = '64MB'; set client_min_messages = error; ${settings}`);
  await reader.query(settings);
  await createShadows(client);
  // Nothing but the temporary tables can be written in it.
  await client.query(readOnly);
  await shareSnapshot(client, reader);
  const position = await headOf(client);
  const writer = new ShadowWriter(client, new ViewFunctions(client));
  const told: OnReplayed = (events) => onReplayed?.(events, position);
  const ofTrail = views.includes('audit_entry') || views.includes('audit_name');
  // PostgreSQL does it while this process folds events.
  const indexing = ofTrail ? indexTrail(client) : Promise.resolve();
  // If the replay fails, nobody waits for it.
  indexing.catch(() => undefined);
  const events = await new Replay(client, reader, writer).all(told);
  await indexing;
  writer.add({ sqlFunction: 'team_load_apply', rows: await archivedLoads(client) });
  await writer.flushCounters();
  await countLabels(client);
  if (followers.some((name) => views.includes(name))) await follow(client, reader, events > eventsOfPlans);
  await reader.query('commit');
  const columns = await viewColumns(client);
  const reports: ViewReport[] = [];
  const rowsOf = await countRows(client, views);
  for (const view of views) {
    const differences = await compare(client, view, columns.get(view) ?? [], events > eventsOfPlans);
    reports.push({ view, rows: rowsOf.get(view) ?? 0, differences });
  }
  const { rows } = await client.query<Difference>(
    `select view, stream, key, columns, live, rebuilt from pg_temp.difference order by view, key limit $1`,
    [mostListed],
  );
  await client.query('commit');
  return { position, events, views: reports, differences: rows };
}

const settings = `set work_mem = '64MB'; set jit = off; set idle_in_transaction_session_timeout = 0; set statement_timeout = 0; set search_path = public`;
const readOnly = 'begin isolation level repeatable read read only';

/** From now on the second connection sees what the first one sees. */
async function shareSnapshot(client: PoolClient, reader: PoolClient): Promise<void> {
  const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
  await reader.query(readOnly);
  await reader.query(`set transaction snapshot '${rows[0]?.snapshot ?? ''}'`);
}

async function headOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ position: string }>('select position from public.ledger_head where shard = 1');
  return Number(rows[0]?.position ?? 0);
}

/** What counts against a team's quota of a month stays when its runs leave. The id of a run says when it was made. */
async function archivedLoads(client: PoolClient): Promise<object[]> {
  const { rows } = await client.query<{ team_id: string; month: string; submitted: string }>(
    `select team_id, to_char(to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) at time zone 'UTC', 'YYYY-MM-01') as month,
            count(*) as submitted from public.archived_run group by 1, 2`,
  );
  return rows.map(({ submitted, ...row }) => ({ ...row, live: 0, submitted: Number(submitted) }));
}

/** The counters of labels that are counted: those of the rows that are rebuilt. */
async function countLabels(client: PoolClient): Promise<void> {
  await client.query(
    `select run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase),
                                array_agg(d.trigger), array_agg(d.runs), false)
       from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger, count(*) as runs
               from public.counted_labels c
                    join pg_temp.workflow_run w on w.team_id = c.team_id and w.labels @> c.labels
                    join pg_temp.run_status s on s.id = w.id
              where c.state = 'counted' group by 1, 2, 3, 4, 5, 6) as d`,
  );
}

/** The index of the trail, up to where the live one is written. */
async function indexTrail(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ position: string }>(
    `select position from public.subscription where name = 'audit'`,
  );
  const last = Number(rows[0]?.position ?? 0);
  for (let from = 0; from < last; from += auditStep) {
    await client.query('select audit_index($1, $2)', [from, Math.min(last, from + auditStep)]);
  }
  await client.query(
    `delete from pg_temp.audit_entry a using public.archived_run r, public.event e where e.stream_id = r.id and a.position = e.position`,
  );
}

/** The views that follow the ledger, up to where the live ones are. */
async function follow(client: PoolClient, reader: PoolClient, isLarge: boolean): Promise<void> {
  if (isLarge) await client.query('analyze pg_temp.workflow_run; analyze pg_temp.run_status');
  const { rows } = await client.query<{ name: string; position: string }>(
    'select name, position from public.subscription',
  );
  const lasts = new Map(rows.map(({ name, position }) => [name, Number(position)]));
  const views = createRunViews(new RunPlans()).map((view) => ({ view, last: lasts.get(view.name) ?? 0 }));
  const end = Math.max(...views.map(({ last }) => last));
  let reading = readSpeakingLandmarks(reader, 0, followStep);
  for (let from = 0; from < end;) {
    const read = await reading;
    from = read.at(-1)?.position ?? end;
    if (from < end) reading = readSpeakingLandmarks(reader, from, followStep);
    // If a view fails, nobody waits for the next ones.
    reading.catch(() => undefined);
    for (const { view, last } of views) {
      await view.handle(
        read.filter(({ position }) => position <= last),
        client,
      );
    }
  }
}

/** Notes each row of a view that differs. */
async function compare(
  client: PoolClient,
  name: ViewName,
  columns: readonly Column[],
  isLarge: boolean,
): Promise<number> {
  const view = viewOf(name);
  const derived = derivedColumns(view, columns);
  const first = view.key[0] ?? '';
  const row = (of: string, names: readonly string[]) =>
    `jsonb_build_object(${names.map((column) => `'${column}', ${of}.${column}`).join(', ')})`;
  const names = derived.map((column) => column.name);
  const differing = derived.map((column) => `case when ${differs(column)} then '${column.name}' end`).join(', ');
  const stream = view.stream === undefined ? 'null::uuid' : `coalesce(l.${view.stream}, s.${view.stream})`;
  const counted = `where ${view.liveWhere ?? 'true'}`;
  if (isLarge) await client.query(`analyze pg_temp.${name}`);
  const { rowCount } = await client.query(
    `insert into pg_temp.difference
     select '${name}', ${stream}, case when l.${first} is null then ${row('s', view.key)} else ${row('l', view.key)} end,
            case when l.${first} is null or s.${first} is null then array['${names.join(`', '`)}']
                 else array_remove(array[${differing}], null) end,
            case when l.${first} is not null then ${row('l', names)} end, case when s.${first} is not null then ${row('s', names)} end
       from (select * from (${view.live ?? `select * from public.${name}`}) as live ${counted}) as l
            full join (select * from pg_temp.${name} ${counted}) as s using (${view.key.join(', ')})
      where case when l.${first} is null then ${view.missingWhere ?? 'true'}
                 else s.${first} is null or ${derived.map(differs).join(' or ')} end`,
  );
  return rowCount ?? 0;
}

async function countRows(client: PoolClient, views: readonly ViewName[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ view: string; count: string }>(
    views
      .map(
        (name) =>
          `select '${name}' as view, count(*) as count from pg_temp.${name} where ${viewOf(name).liveWhere ?? 'true'}`,
      )
      .join(' union all '),
  );
  return new Map(rows.map(({ view, count }) => [view, Number(count)]));
}
