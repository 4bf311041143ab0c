import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from './event-digest';
import type { EventMetadata, RecordedEvent } from './types';
import type { Upcasters } from './upcasters';

interface EventRow {
  position: string;
  stream_id: string;
  stream_version: number;
  type: string;
  schema_version: number;
  data: string;
  /** Null where they are those of the event before it, of the same stream. */
  metadata: string | null;
  salt: Buffer;
  recorded_at: string;
  hash: Buffer;
}

/** An event as it lies in the database, its texts unread. */
export interface StoredLink extends StoredEvent {
  readonly position: number;
  /** Whether it has its metadata itself: see `RecordedEvent`. */
  readonly isFirst: boolean;
  /** Microseconds since the epoch. */
  readonly recordedAt: bigint;
  readonly hash: Buffer;
}

const columns = `position, stream_id, stream_version, type, schema_version, data, metadata, salt,
  (extract(epoch from recorded_at) * 1000000)::bigint as recorded_at, hash`;

/** The rows that follow one another in the ledger or in a stream, with the metadata of each. */
async function withMetadata(pool: Pool | PoolClient, rows: readonly EventRow[]): Promise<StoredLink[]> {
  const [first] = rows;
  let metadata = first?.metadata === null ? await metadataBefore(pool, first) : '';
  return rows.map((row) => {
    metadata = row.metadata ?? metadata;
    return {
      position: Number(row.position),
      streamId: row.stream_id,
      streamVersion: row.stream_version,
      type: row.type,
      schemaVersion: row.schema_version,
      data: row.data,
      metadata,
      isFirst: row.metadata !== null,
      salt: row.salt,
      recordedAt: BigInt(row.recorded_at),
      hash: row.hash,
    };
  });
}

/** The metadata of the command that an event belongs to without being its first; an empty text where somebody has taken them away. */
async function metadataBefore(pool: Pool | PoolClient, row: EventRow): Promise<string> {
  const { rows } = await pool.query<{ metadata: string }>({
    name: 'metadata_before',
    text: `select metadata from event where stream_id = $1 and stream_version < $2 and metadata is not null
            order by stream_version desc limit 1`,
    values: [row.stream_id, row.stream_version],
  });
  return rows[0]?.metadata ?? '';
}

/** Reads the texts of events that follow one another. */
export function toEvents(links: readonly StoredLink[], upcasters?: Upcasters): RecordedEvent[] {
  let text: string | null = null;
  let metadata: EventMetadata | null = null;
  return links.map(({ salt, ...link }) => {
    if (metadata === null || link.metadata !== text) {
      text = link.metadata;
      metadata = JSON.parse(text) as EventMetadata;
    }
    const { data } = link;
    const event = {
      ...link,
      data: JSON.parse(data) as unknown,
      metadata,
      stored: { data, metadata: link.metadata, salt },
    };
    return upcasters ? upcasters.apply(event) : event;
  });
}

/** The events of one stream with a version above `afterVersion`, in order. */
export async function readStream(
  pool: Pool | PoolClient,
  streamId: string,
  afterVersion = 0,
  upcasters?: Upcasters,
): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read_stream',
    text: `select ${columns} from event where stream_id = $1 and stream_version > $2 order by stream_version`,
    values: [streamId, afterVersion],
  });
  return toEvents(await withMetadata(pool, rows), upcasters);
}

/** The most bytes of the data of one page of a stream: 2 MiB. A page has at least one event, of whatever size. */
const mostPageBytes = 2 * 1024 * 1024;

/**
 * The next events of one stream after a version, in order: at most `limit`, and fewer if they are large. None: there
 * are no more.
 */
export async function readStreamPage(
  pool: Pool | PoolClient,
  streamId: string,
  { afterVersion, limit }: { readonly afterVersion: number; readonly limit: number },
  upcasters?: Upcasters,
): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read_stream_page',
    text: `select ${columns}
             from (select *, sum(octet_length(data)) over (order by stream_version rows between unbounded preceding and 1 preceding) as before
                     from (select * from event where stream_id = $1 and stream_version > $2 order by stream_version limit $3) as next) as page
            where coalesce(before, 0) < $4 order by stream_version`,
    values: [streamId, afterVersion, limit, mostPageBytes],
  });
  return toEvents(await withMetadata(pool, rows), upcasters);
}

/**
 * The events with a position above `afterPosition`, in ledger order, at most `limit`. A reader of position n has read
 * everything up to n: positions are assigned under the lock of the head row, so none can appear below one that was
 * seen.
 */
export async function readAll(
  pool: Pool | PoolClient,
  afterPosition: number,
  limit: number,
  upcasters?: Upcasters,
): Promise<RecordedEvent[]> {
  return toEvents(await readStored(pool, afterPosition, limit), upcasters);
}

/** The same, with the texts as they are stored: whatever they say, it can be hashed. */
export async function readStored(pool: Pool | PoolClient, afterPosition: number, limit: number): Promise<StoredLink[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read_all',
    text: `select ${columns} from event where position > $1 and position <= $1 + $2 order by position`,
    values: [afterPosition, limit],
  });
  return withMetadata(pool, rows);
}

/** Positions, the first one excluded. */
export interface PositionRange {
  readonly after: number;
  readonly upTo: number;
}

/**
 * The next events of a range, in ledger order, of the streams that a view says: at most `limit`, and fewer if they are large. None: the range
 * has no more. `streams`: a condition of our own on `e.stream_id`, with its values from `$5` on, and a name for the statement.
 */
export async function readStoredOf(
  pool: Pool | PoolClient,
  { after, upTo }: PositionRange,
  limit: number,
  streams: { readonly name: string; readonly condition: string; readonly values: readonly unknown[] },
): Promise<StoredLink[]> {
  const { rows } = await pool.query<EventRow>({
    name: `read_stored_of_${streams.name}`,
    text: `select ${columns}
             from (select *, sum(octet_length(data)) over (order by position rows between unbounded preceding and 1 preceding) as before
                     from (select e.* from event e where e.position > $1 and e.position <= $2 and ${streams.condition}
                            order by e.position limit $3) as next) as page
            where coalesce(before, 0) < $4 order by position`,
    values: [after, upTo, limit, mostPageBytes, ...streams.values],
  });
  return withMetadata(pool, rows);
}

/** What one command has done to one stream. */
export interface RecordedChange {
  /** Its first event. */
  readonly first: RecordedEvent;
  /** All of them, the first included; at most `maxChangeEvents`. */
  readonly events: readonly { readonly position: number; readonly version: number; readonly type: string }[];
}

/** Events that a change lists at most. */
export const maxChangeEvents = 20;

/**
 * The changes that begin at these positions, in their order; a position at which none begins is left out. Data may be large: only events of
 * the types in `withData` have theirs, up to `mostBytes`; the others have `{}`.
 */
export async function readChanges(
  pool: Pool | PoolClient,
  positions: readonly number[],
  withData: readonly string[] = [],
  mostBytes = 2_147_483_647,
): Promise<RecordedChange[]> {
  const { rows } = await pool.query<EventRow & { others: RecordedChange['events'] | null }>({
    name: 'read_changes',
    text: `select position, stream_id, stream_version, type, schema_version, metadata, salt,
                  case when type = any($3) and octet_length(data) <= $4 then data else '{}' end as data,
                  (extract(epoch from recorded_at) * 1000000)::bigint as recorded_at, hash, o.others
             from unnest($1::bigint[]) with ordinality as p(at, place) join event e on e.position = p.at,
                  lateral (select json_agg(json_build_object('position', n.position, 'version', n.stream_version, 'type', n.type)
                                           order by n.stream_version) as others
                             from (select n.position, n.stream_version, n.type from event n
                                    where n.stream_id = e.stream_id and n.stream_version > e.stream_version
                                      and n.stream_version < coalesce(
                                        (select m.stream_version from event m
                                          where m.stream_id = e.stream_id and m.stream_version > e.stream_version and m.metadata is not null
                                          order by m.stream_version limit 1), 2147483647)
                                    order by n.stream_version limit $2) as n) as o
            where e.metadata is not null order by p.place`,
    values: [positions, maxChangeEvents - 1, withData, mostBytes],
  });
  const firsts = toEvents(await withMetadata(pool, rows));
  return firsts.map((first, place) => ({
    first,
    events: [
      { position: first.position, version: first.streamVersion, type: first.type },
      ...(rows[place]?.others ?? []),
    ],
  }));
}

/** The positions at which changes of a stream begin, both ends of the range excluded. */
export async function readChangePositions(
  pool: Pool | PoolClient,
  streamId: string,
  range: { readonly after: number; readonly before: number },
  limit: number,
  order: 'asc' | 'desc',
): Promise<number[]> {
  const { rows } = await pool.query<{ position: string }>({
    name: `read_change_positions_${order}`,
    text: `select position from event where stream_id = $1 and metadata is not null and position > $2 and position < $3
            order by stream_version ${order} limit $4`,
    values: [streamId, range.after, range.before, limit],
  });
  return rows.map(({ position }) => Number(position));
}

/** The position of the last event that was recorded before a time; 0 if there is none. `time`: milliseconds since the epoch. */
export async function lastPositionBefore(pool: Pool | PoolClient, time: number): Promise<number> {
  let [low, high] = [0, await headPosition(pool)];
  // Times never fall along the ledger.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const { rows } = await pool.query<{ is_before: boolean }>({
      name: 'is_before',
      // The event there may lie in an archive: then the one before it says enough.
      text: `select recorded_at < to_timestamp($2 / 1000.0) as is_before from event where position <= $1 order by position desc limit 1`,
      values: [middle, time],
    });
    if (rows[0]?.is_before ?? false) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The position of the newest event; 0 in an empty ledger. */
export async function headPosition(pool: Pool | PoolClient): Promise<number> {
  return (await readHead(pool))?.position ?? 0;
}

/** The newest position, and the hash of its event; null if the row is missing. */
export async function readHead(
  pool: Pool | PoolClient,
): Promise<{ readonly position: number; readonly hash: Buffer } | null> {
  const { rows } = await pool.query<{ position: string; hash: Buffer }>({
    name: 'read_head',
    text: 'select position, hash from ledger_head where shard = 1',
  });
  return rows[0] ? { position: Number(rows[0].position), hash: rows[0].hash } : null;
}
