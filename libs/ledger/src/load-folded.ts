import { type Decider, type DomainEvent, Turns } from '#libs/kernel';
import type { Pool, PoolClient } from 'pg';
import type { Opened, StoredForm, VersionedState } from './stream-category';
import { Upcasters } from './upcasters';

/** The most bytes of events and snapshots to read at once: leaves out streams beyond that. */
const mostLoaded = 8 * 1024 * 1024;

interface Row {
  readonly id: string;
  readonly base: number;
  /** Null if the base is the state that the caller knows, or there is no snapshot. */
  readonly snapshot: string | null;
  readonly last: number | null;
  /** Bytes of the streams before this one. */
  readonly before: string;
  readonly events: string | null;
}

type StoredEvent = DomainEvent & { readonly schemaVersion: number };

/** What was read of a stream. */
interface Stream {
  readonly id: string;
  readonly version: number;
  /** Those before it are large. */
  readonly isLeftOut: boolean;
  readonly snapshot: unknown;
  readonly events: readonly DomainEvent[];
}

/** The highest version that a stream can have. */
const lastVersion = 2_147_483_647;

/** How events and states are stored, where that is not as they are. */
interface Stored<State, Event extends DomainEvent> {
  /** Bring events of older shapes to today's before they are folded. */
  readonly upcasters?: Upcasters;
  readonly stored?: StoredForm<State, Event>;
}

/**
 * How a category loads its streams from the ledger itself: the state that the caller knows, or else the newest snapshot, and the events
 * since, in one statement and so of one moment. A stream of which nothing is there is absent; null where those before it are large.
 * `upTo`: as the streams were at that version.
 * @param first the types of event that its streams begin with: others are another category's.
 */
export function loadFolded<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  first: Event['type'] | readonly Event['type'][],
  { upcasters = new Upcasters(), stored }: Stored<State, Event> = {},
) {
  return async (
    pool: Pool | PoolClient,
    ids: readonly string[],
    known?: ReadonlyMap<string, VersionedState<State>>,
    upTo = lastVersion,
  ): Promise<Map<string, VersionedState<State> | null>> => {
    const { rows } = await pool.query<Row>({
      name: 'load_folded',
      text: `select s.id, s.base, s.last, s.before, case when s.before < $3 then s.snapshot end as snapshot,
                    case when s.before < $3 then
                      (select string_agg('{"type":"' || e.type || '","schemaVersion":' || e.schema_version || ',"data":' || e.data || '}', ',' order by e.stream_version)
                         from event e where e.stream_id = s.id and e.stream_version > s.base and e.stream_version <= $5) end as events
               from (select w.id, b.base, b.snapshot, n.last,
                            coalesce(sum(coalesce(n.bytes, 0) + coalesce(b.bytes, 0))
                                       over (order by w.id rows between unbounded preceding and 1 preceding), 0) as before
                       from unnest($1::uuid[], $2::int[]) as w(id, known)
                            left join lateral (select version, state, octet_length(state) as bytes from snapshot
                                                where stream_id = w.id and w.known = 0 and version <= $5) as p on true
                            cross join lateral (select coalesce(p.version, w.known) as base, p.state as snapshot, p.bytes) as b
                            cross join lateral (select max(stream_version) as last, sum(octet_length(data)) as bytes
                                                  from event where stream_id = w.id and stream_version > b.base and stream_version <= $5) as n) as s
              where s.base > 0 or exists (select 1 from event f where f.stream_id = s.id and f.stream_version = 1 and f.type = any($4))`,
      values: [ids, ids.map((id) => known?.get(id)?.version ?? 0), mostLoaded, [first].flat(), upTo],
    });
    const turns = new Turns();
    const streams: Stream[] = [];
    for (const row of rows) {
      const { id, base, last, events, snapshot } = row;
      const isLeftOut = Number(row.before) >= mostLoaded;
      const read = events === null ? [] : (JSON.parse(`[${events}]`) as StoredEvent[]);
      streams.push({
        id,
        version: last ?? base,
        isLeftOut,
        snapshot: isLeftOut || snapshot === null ? null : (JSON.parse(snapshot) as unknown),
        events: read.map((event) => upcasters.apply(event)),
      });
      await turns.give();
    }
    const opened: Opened<State, Event> = stored
      ? await stored.open(
          pool,
          streams.flatMap(({ events }) => events),
          streams.flatMap(({ snapshot }) => snapshot ?? []),
        )
      : { event: (each) => each as Event, state: (each) => each as State };
    const loaded = new Map<string, VersionedState<State> | null>();
    for (const { id, version, isLeftOut, snapshot, events } of streams) {
      let folded = known?.get(id)?.state ?? (snapshot === null ? null : opened.state(snapshot));
      let hasRoom = !isLeftOut && (snapshot === null || folded !== null);
      for (const each of hasRoom ? events : []) {
        const whole = opened.event(each);
        hasRoom = whole !== null;
        if (whole === null) break;
        folded = decider.evolve(folded, whole);
        await turns.give();
      }
      loaded.set(id, hasRoom && folded !== null ? { state: folded, version } : null);
    }
    return loaded;
  };
}
