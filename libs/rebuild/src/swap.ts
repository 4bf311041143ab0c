import { ViewFunctions } from '#libs/ledger';
import type { PoolClient } from 'pg';
import type { Rebuilt } from './rebuild';
import { Replay, type Standing } from './replay';
import { derivedColumns, differs, ShadowWriter, viewColumns } from './shadow-tables';
import { type ViewName, viewNames, viewOf } from './views';

export interface Swapped {
  /** Streams whose rows were mended. */
  readonly streams: number;
  /** Milliseconds that commands waited at most. */
  readonly longestPause: number;
}

/** Streams that are mended while commands wait once. */
const batchSize = 50;

/**
 * Makes the live views what `rebuildViews`, on the same connection, has found. Only rows that differ are written, in steps: each
 * folds its streams beforehand, then holds the head of the ledger, so that commands wait, folds what has come meanwhile, and writes.
 */
export async function swapViews(
  client: PoolClient,
  { position }: Rebuilt,
  onMended?: (done: number, total: number) => void,
): Promise<Swapped> {
  await client.query(
    `create index on pg_temp.difference (stream, view); create index on pg_temp.agent_queue (run_id); create index on pg_temp.action (run_id);
     create index on pg_temp.workflow_revision (workflow_id); create index on pg_temp.run_label (run_id); analyze pg_temp.difference`,
  );
  const swap = new Swap(client, await viewColumns(client));
  const { rows } = await client.query<{ stream: string }>(
    'select distinct stream from pg_temp.difference where stream is not null order by stream',
  );
  const streams = rows.map(({ stream }) => stream);
  for (let at = 0; at < streams.length; at += batchSize) {
    await swap.streams(streams.slice(at, at + batchSize));
    onMended?.(Math.min(at + batchSize, streams.length), streams.length);
  }
  await swap.counters(position);
  await swap.labels();
  await swap.trail();
  await swap.followers(position);
  return { streams: streams.length, longestPause: swap.longestPause };
}

class Swap {
  longestPause = 0;

  constructor(
    private readonly client: PoolClient,
    private readonly columns: Awaited<ReturnType<typeof viewColumns>>,
  ) {}

  async streams(ids: readonly string[]): Promise<void> {
    const { client } = this;
    for (const name of viewNames) {
      const { stream } = viewOf(name);
      if (stream !== undefined) await client.query(`delete from pg_temp.${name} where ${stream} = any($1)`, [ids]);
    }
    // What is counted in passing was counted before.
    const replay = new Replay(client, client, new ShadowWriter(client, new ViewFunctions(client)));
    const standing = new Map<string, Standing | null>();
    for (const id of ids) standing.set(id, await replay.one(id, null));
    const { rows } = await client.query<{ view: ViewName }>(
      'select distinct view from pg_temp.difference where stream = any($1)',
      [ids],
    );
    await this.whileCommandsWait(async () => {
      for (const id of await this.movedOn(standing)) await replay.one(id, standing.get(id) ?? null);
      for (const { view } of rows) await this.mend(view, ids);
    });
  }

  /** What is counted at any moment is off by as much as it was. */
  async counters(position: number): Promise<void> {
    const { rows } = await this.client.query(
      `select from pg_temp.difference where view in ('run_count', 'run_day_count', 'team_load') limit 1`,
    );
    if (rows.length === 0) return;
    await this.whileCommandsWait(async () => {
      await this.change(
        `insert into public.run_count as c (team_id, workflow_id, day, status, phase, trigger, runs)
         select k.team_id, k.workflow_id, k.day, k.status, k.phase, k.trigger,
                coalesce((d.rebuilt ->> 'runs')::bigint, 0) - coalesce((d.live ->> 'runs')::bigint, 0)
           from pg_temp.difference d cross join lateral jsonb_populate_record(null::public.run_count, d.key) as k
          where d.view = 'run_count'
         on conflict (team_id, workflow_id, day, status, phase, trigger) do update set runs = c.runs + excluded.runs`,
      );
      await this.change(
        `insert into public.run_day_count as c (team_id, day, status, phase, trigger, runs)
         select k.team_id, k.day, k.status, k.phase, k.trigger,
                coalesce((d.rebuilt ->> 'runs')::bigint, 0) - coalesce((d.live ->> 'runs')::bigint, 0)
           from pg_temp.difference d cross join lateral jsonb_populate_record(null::public.run_day_count, d.key) as k
          where d.view = 'run_day_count'
         on conflict (team_id, day, status, phase, trigger) do update set runs = c.runs + excluded.runs`,
      );
      const loads = `pg_temp.difference d cross join lateral jsonb_populate_record(null::public.team_load, d.live) as was
                     cross join lateral jsonb_populate_record(null::public.team_load, d.rebuilt) as s`;
      await this.change(
        `delete from public.team_load l using pg_temp.difference d
          where d.view = 'team_load' and d.rebuilt is null and l.team_id = (d.key ->> 'team_id')::uuid`,
      );
      await this.change(
        `update public.team_load l
            set live = l.live + s.live - was.live, month = greatest(s.month, least(l.month, date_trunc('month', now() at time zone 'UTC')::date)),
                submitted = case when was.month <> s.month then s.submitted + (
                                   select count(*) from public.event e where e.position > ${position} and e.type = 'WorkflowRunSubmitted'
                                      and e.data::jsonb ->> 'teamId' = l.team_id::text)
                                 when l.month = was.month then l.submitted + s.submitted - was.submitted
                                 else l.submitted end
           from ${loads} where d.view = 'team_load' and d.live is not null and d.rebuilt is not null and l.team_id = s.team_id`,
      );
      await this.change(
        `insert into public.team_load as l (team_id, live, month, submitted)
         select s.team_id, s.live, s.month, s.submitted from ${loads} where d.view = 'team_load' and d.live is null
         on conflict (team_id) do update
            set live = l.live + excluded.live,
                submitted = l.submitted + case when l.month = excluded.month then excluded.submitted else 0 end`,
      );
    });
  }

  /** Labels whose counters are off, or were made from rows that were, are counted again. */
  async labels(): Promise<void> {
    await this.change(
      `select public.counted_labels_move(id, state, 'dropped') from public.counted_labels
        where state in ('counting', 'counted')
          and exists (select from pg_temp.difference where view in ('workflow_run', 'run_status', 'run_label', 'run_label_count'))`,
    );
  }

  /** Entries of the trail never change; a name that has changed since is left to whoever changed it. */
  async trail(): Promise<void> {
    await this.change(
      `delete from public.audit_entry l using pg_temp.difference d
        where d.view = 'audit_entry' and d.live is not null and l.position = (d.key ->> 'position')::bigint`,
    );
    await this.change(
      `insert into public.audit_entry
       select s.* from pg_temp.difference d join pg_temp.audit_entry s on s.position = (d.key ->> 'position')::bigint
        where d.view = 'audit_entry'`,
    );
    await this.change(
      `delete from public.audit_name l using pg_temp.difference d
        where d.view = 'audit_name' and l.id = (d.key ->> 'id')::uuid and l.name = d.live ->> 'name'`,
    );
    await this.change(
      `insert into public.audit_name
       select s.* from pg_temp.difference d join pg_temp.audit_name s on s.id = (d.key ->> 'id')::uuid
        where d.view = 'audit_name'
       on conflict do nothing`,
    );
  }

  /**
   * No subscription moves meanwhile. What a run has come to since is written by its subscription, or will be: such rows are left to it. Rows of an
   * archived run have gone.
   */
  async followers(position: number): Promise<void> {
    const found = (view: ViewName) => `pg_temp.difference d where d.view = '${view}'`;
    const id = `(d.key ->> 'id')::uuid`;
    await this.client.query('begin');
    await this.change(`select from public.subscription where name in ('insights', 'search') order by name for update`);
    await this.change(
      `delete from public.run_outcome where id in (select ${id} from ${found('run_outcome')} and d.live is not null)`,
    );
    await this.change(
      `insert into public.run_outcome
       select s.* from pg_temp.run_outcome s
        where s.id in (select ${id} from ${found('run_outcome')}) and exists (select from public.workflow_run w where w.id = s.id)`,
    );
    await this.change(
      `insert into public.run_length_count as c (team_id, workflow_id, day, measure, bucket, status, runs, total)
       select k.team_id, k.workflow_id, k.day, k.measure, k.bucket, k.status,
              coalesce((d.rebuilt ->> 'runs')::bigint, 0) - coalesce((d.live ->> 'runs')::bigint, 0),
              coalesce((d.rebuilt ->> 'total')::bigint, 0) - coalesce((d.live ->> 'total')::bigint, 0)
         from pg_temp.difference d cross join lateral jsonb_populate_record(null::public.run_length_count, d.key) as k
        where d.view = 'run_length_count' order by 1, 2, 3, 4, 5, 6
       on conflict (team_id, workflow_id, day, measure, bucket, status)
         do update set runs = c.runs + excluded.runs, total = c.total + excluded.total`,
    );
    await this.change(
      `delete from public.run_text where id in (select ${id} from ${found('run_text')} and d.rebuilt is null)`,
    );
    await this.change(
      `insert into public.run_text
       select s.* from pg_temp.run_text s
        where s.id in (select ${id} from ${found('run_text')}) and exists (select from public.workflow_run w where w.id = s.id)
          and not exists (select from public.event e
                           where e.stream_id = s.id and e.position > ${position}
                             and e.type in ('WorkflowRunStarted', 'WorkflowRunCompleted', 'WorkflowRunCancelled', 'WorkflowRunTimedOut'))
       on conflict (id) do update
          set team_id = excluded.team_id, workflow_id = excluded.workflow_id, words = excluded.words, results = excluded.results`,
    );
    await this.client.query('commit');
  }

  /** The lock of the head row is what orders appends: nothing is committed meanwhile. */
  private async whileCommandsWait(work: () => Promise<void>): Promise<void> {
    await this.client.query('begin');
    await this.client.query('select public.ledger_lock()');
    const begin = performance.now();
    await work();
    await this.client.query('commit');
    this.longestPause = Math.max(this.longestPause, performance.now() - begin);
  }

  private async movedOn(standing: ReadonlyMap<string, Standing | null>): Promise<string[]> {
    const known = [...standing];
    const { rows } = await this.client.query<{ id: string }>(
      `select k.id from unnest($1::uuid[], $2::int[]) as k(id, version)
        where exists (select 1 from public.event e where e.stream_id = k.id and e.stream_version = k.version + 1)`,
      [known.map(([id]) => id), known.map(([, at]) => at?.version ?? 0)],
    );
    return rows.map(({ id }) => id);
  }

  /** Makes the rows that differed what the shadow has now. */
  private async mend(name: ViewName, ids: readonly string[]): Promise<void> {
    const view = viewOf(name);
    const derived = derivedColumns(view, this.columns.get(name));
    const differ = derived.map(differs).join(' or ');
    const same = (a: string, b: string) => view.key.map((column) => `${a}.${column} = ${b}.${column}`).join(' and ');
    const damaged = `with k as (
      select distinct ${view.key.map((column) => `r.${column}`).join(', ')}
        from pg_temp.difference d cross join lateral jsonb_populate_record(null::public.${name}, d.key) as r
       where d.view = '${name}' and d.stream = any($1))`;
    const keeps = view.notDerived === undefined ? `and not (${differ})` : '';
    await this.change(
      `${damaged} delete from public.${name} l using k
        where ${same('l', 'k')} and not exists (select 1 from pg_temp.${name} s where ${same('s', 'l')} ${keeps})`,
      ids,
    );
    if (view.notDerived !== undefined) {
      const set = derived.map((column) => `${column.name} = s.${column.name}`).join(', ');
      await this.change(
        `${damaged} update public.${name} l set ${set} from k, pg_temp.${name} s
          where ${same('l', 'k')} and ${same('s', 'k')} and (${differ})`,
        ids,
      );
    }
    await this.change(
      `${damaged} insert into public.${name} select s.* from k join pg_temp.${name} s on ${same('s', 'k')}
        where ${view.missingWhere ?? 'true'} and not exists (select 1 from public.${name} l where ${same('l', 'k')})`,
      ids,
    );
  }

  private async change(sql: string, ids?: readonly string[]): Promise<void> {
    await this.client.query(sql, ids ? [ids] : []);
  }
}
