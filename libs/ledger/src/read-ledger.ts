import type { Pool, PoolClient } from 'pg';
import type { EventMetadata, RecordedEvent } from './types';
import type { Upcasters } from './upcasters';

interface EventRow {
  position: string;
  stream_id: string;
  stream_version: number;
  type: string;
  schema_version: number;
  data: string;
  metadata: string;
  salt: Buffer;
  recorded_at: string;
  hash: Buffer;
}

const columns = `position, stream_id, stream_version, type, schema_version, data, metadata, salt,
  (extract(epoch from recorded_at) * 1000000)::bigint as recorded_at, hash`;

function toEvent(row: EventRow): RecordedEvent {
  return {
    position: Number(row.position),
    streamId: row.stream_id,
    streamVersion: row.stream_version,
    type: row.type,
    schemaVersion: row.schema_version,
    data: JSON.parse(row.data) as unknown,
    metadata: JSON.parse(row.metadata) as EventMetadata,
    stored: { data: row.data, metadata: row.metadata, salt: row.salt },
    recordedAt: BigInt(row.recorded_at),
    hash: row.hash,
  };
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
  const events = rows.map(toEvent);
  return upcasters ? events.map((event) => upcasters.apply(event)) : events;
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
  const { rows } = await pool.query<EventRow>({
    name: 'read_all',
    text: `select ${columns} from event where position > $1 and position <= $1 + $2 order by position`,
    values: [afterPosition, limit],
  });
  const events = rows.map(toEvent);
  return upcasters ? events.map((event) => upcasters.apply(event)) : events;
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
