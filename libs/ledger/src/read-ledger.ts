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

function toEvents(links: readonly StoredLink[], upcasters?: Upcasters): RecordedEvent[] {
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
