import type { DomainEvent } from '#libs/kernel';
import type { StreamChange, ViewUpdate } from '#libs/ledger';
import type { PoolClient } from 'pg';
import { type AnyCategory, ledgerCategories } from './categories';
import type { ShadowWriter } from './shadow-tables';

/** The ledger cannot be replayed: what is wrong with it, and where. */
export class ReplayError extends Error {}

/** The most events, and the bytes of data, of a page. */
const mostEvents = 5000;
const mostBytes = 4 * 1024 * 1024;
/** More events than any commit has of one stream. */
const mostOfCommit = 100_000;
const firstId = '00000000-0000-0000-0000-000000000000';
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

type ReadEvent = DomainEvent & {
  readonly schemaVersion: number;
  /** When its commit was: events of one commit have the same. */
  readonly commit: number;
};

interface PageRow {
  readonly id: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly has_timers: boolean;
  readonly events: string;
}

/** Where a stream stands: its events up to a version are folded. */
export interface Standing {
  readonly category: AnyCategory;
  readonly state: unknown;
  readonly version: number;
}

interface Segment {
  readonly row: PageRow;
  readonly category: AnyCategory;
  readonly before: Standing | null;
  events: ReadEvent[];
}

/** The functions whose rows depend on which events were committed together. */
const byCommit: ReadonlySet<string> = new Set(['timer_apply', 'agent_queue_apply']);

/** Told after each page: how many events are replayed. */
export type OnReplayed = (events: number) => void;

/**
 * Folds streams from their events and projects them, stream by stream in the order of their ids: so only the state of one
 * stream is in memory. Leaves archived runs out: no view has them, though their events may be there for a while. What it reads depends on the transaction of its connection.
 */
export class Replay {
  private readonly categories = ledgerCategories();

  /** `reader` reads events, `client` the rest of what they are made of. */
  constructor(
    private readonly client: PoolClient,
    private readonly reader: PoolClient,
    private readonly writer: ShadowWriter,
  ) {}

  /** All streams. Returns the number of events. */
  async all(onReplayed?: OnReplayed): Promise<number> {
    let total = 0;
    let standing: Standing | null = null;
    // The rows of a page are written while the next one is folded.
    let written: Promise<void> = Promise.resolve();
    let reading: Promise<PageRow[]> | null = this.read(firstId, 0, lastId);
    while (reading) {
      const rows: PageRow[] = await reading;
      const end = rows.at(-1);
      reading = end ? this.read(end.id, end.last, lastId) : null;
      // If this page fails, nobody waits for the next.
      reading?.catch(() => undefined);
      standing = await this.take(rows, standing, false);
      await written;
      written = this.writer.flush();
      written.catch(() => undefined);
      total += rows.reduce((sum, { count }) => sum + count, 0);
      onReplayed?.(total);
    }
    await written;
    return total;
  }

  /** One stream, from where it stands to where it is now; null: it does not exist. */
  async one(id: string, from: Standing | null): Promise<Standing | null> {
    let standing = from;
    for (;;) {
      const rows = await this.read(id, standing?.version ?? 0, id);
      if (rows.length === 0) return standing;
      standing = await this.take(rows, standing, true);
      await this.writer.flush();
    }
  }

  /** The next page. It ends where a commit ends: what a timer or an item is depends on the whole commit. */
  private async read(afterId: string, afterVersion: number, upTo: string, most = mostEvents): Promise<PageRow[]> {
    const { rows } = await this.reader.query<PageRow>({
      name: 'replay_page',
      text: `select p.stream_id as id, min(p.stream_version) as first, max(p.stream_version) as last, count(*)::int as count,
                    exists (select 1 from public.timer t where t.stream_id = p.stream_id) as has_timers,
                    '[' || string_agg('{"type":"' || p.type || '","schemaVersion":' || p.schema_version || ',"commit":'
                                      || extract(epoch from p.recorded_at) || ',"data":' || p.data || '}', ',' order by p.stream_version) || ']' as events
               from (select *, min(before) over (partition by stream_id, recorded_at) as begun, max(n) over (partition by stream_id, recorded_at) as ends,
                            count(*) over () as found
                       from (select *, row_number() over w as n,
                                    coalesce(sum(octet_length(data)) over (w rows between unbounded preceding and 1 preceding), 0) as before
                               from (select stream_id, stream_version, type, schema_version, recorded_at, data from public.event e
                                      where (stream_id, stream_version) > ($1::uuid, $2::int) and stream_id >= $1::uuid and stream_id <= $3::uuid
                                        and not exists (select from public.archived_run a where a.id = e.stream_id)
                                      order by stream_id, stream_version limit $4) as next
                             window w as (order by stream_id, stream_version)) as measured) as p
              where p.begun < $5 and (p.ends < $4 or p.found < $4)
              group by p.stream_id order by p.stream_id`,
      values: [afterId, afterVersion, upTo, most, mostBytes],
    });
    // Nothing but a part of one commit, or nothing at all.
    if (rows.length === 0 && most < mostOfCommit) return this.read(afterId, afterVersion, upTo, mostOfCommit);
    return rows;
  }

  /** Returns where the last stream of the page stands: more of it may come. `known`: where its first one stands, if that goes on. */
  private async take(rows: readonly PageRow[], known: Standing | null, isExact: boolean): Promise<Standing | null> {
    const segments = rows.map((row, place) => this.segment(row, place === 0 ? known : null));
    await this.open(segments);
    let standing = known;
    for (const [place, segment] of segments.entries()) {
      try {
        standing = this.project(segment, isExact || place === segments.length - 1);
      } catch (error) {
        const { id, first, last } = segment.row;
        const why = error instanceof Error ? error.message : String(error);
        throw new ReplayError(`The events ${first} to ${last} of the stream ${id} cannot be folded: ${why}`, {
          cause: error,
        });
      }
    }
    return standing;
  }

  private segment(row: PageRow, known: Standing | null): Segment {
    const { id, first, last, count } = row;
    const before = first === 1 ? null : known;
    const next = (before?.version ?? 0) + 1;
    if (first !== next || last - first + 1 !== count) {
      throw new ReplayError(`The stream ${id} lacks an event between the versions ${next} and ${last}.`);
    }
    const events = parsed(row);
    const type = events[0]?.type ?? '';
    const category = before?.category ?? this.categories.find(([begins]) => begins.test(type))?.[1];
    if (!category)
      throw new ReplayError(`The stream ${id} begins with an event of the type ${type}, which no stream begins with.`);
    const { upcasters } = category;
    return { row, category, before, events: upcasters ? events.map((event) => upcasters.apply(event)) : events };
  }

  /** Makes events whole that are stored in a shorter form. */
  private async open(segments: readonly Segment[]): Promise<void> {
    for (const category of new Set(segments.map((segment) => segment.category))) {
      if (!category.stored) continue;
      const own = segments.filter((segment) => segment.category === category);
      const all = own.flatMap(({ events }) => events);
      const opened = await category.stored.open(this.client, all, []);
      for (const segment of own) {
        const whole: ReadEvent[] = [];
        for (const event of segment.events) {
          // Alone there is room for it.
          const data = opened.event(event) ?? (await category.stored.open(this.client, [event], [])).event(event);
          if (!data) throw new ReplayError(`An event of the stream ${segment.row.id} is too large to be read.`);
          whole.push(data === event ? event : { ...event, data: data.data });
        }
        segment.events = whole;
      }
    }
  }

  private project({ row, category, before, events }: Segment, isExact: boolean): Standing {
    const { id, last } = row;
    const state = events.reduce(
      (current: unknown, event) => category.decider.evolve(current, event),
      before?.state ?? null,
    );
    const change = { streamId: id, before: before?.state ?? null, after: state, version: last, events };
    const updates = category.project([change]);
    // What a stream has come to shows which timers and items it has; only of those does it matter which commit made them.
    const isByCommit = isExact || before !== null || row.has_timers || updates.some(hasItems);
    for (const update of updates) if (!isByCommit || !byCommit.has(update.sqlFunction)) this.writer.add(update);
    if (isByCommit) for (const update of commitsOf(category, change)) this.writer.add(update);
    return { category, state, version: last };
  }
}

function parsed({ id, first, last, events }: PageRow): ReadEvent[] {
  try {
    return JSON.parse(events) as ReadEvent[];
  } catch {
    throw new ReplayError(`The events ${first} to ${last} of the stream ${id} are not JSON.`);
  }
}

function hasItems({ sqlFunction, rows }: ViewUpdate): boolean {
  return sqlFunction === 'agent_queue_apply' && rows.some((row) => (row as { readonly state: unknown }).state !== null);
}

/** The rows of timers and of the queue, commit by commit as the append has written them. */
function* commitsOf(category: AnyCategory, { streamId, before, version, events }: StreamChange<unknown, ReadEvent>) {
  let [state, at, from] = [before, version - events.length, 0];
  while (from < events.length) {
    let to = from + 1;
    while (to < events.length && events[to]?.commit === events[from]?.commit) to++;
    const own = events.slice(from, to);
    const after = own.reduce((current: unknown, event) => category.decider.evolve(current, event), state);
    at += own.length;
    const updates = category.project([{ streamId, before: state, after, version: at, events: own }]);
    yield* updates.filter(({ sqlFunction, rows }) => byCommit.has(sqlFunction) && rows.length > 0);
    [state, from] = [after, to];
  }
}
