import type { Pool, PoolClient } from 'pg';

/** A moment of a stream: one of its versions, a position of the ledger, or a time in milliseconds since the epoch. */
export type StreamMoment = { readonly version: number } | { readonly position: number } | { readonly time: number };

export interface FoundMoment {
  /** The version that the stream had; 0 if it had not begun. */
  readonly version: number;
  /** The version that it has now; 0 if there is no such stream. */
  readonly newest: number;
  /** The position of the newest event of the whole ledger. */
  readonly head: number;
}

/**
 * The version that a stream had at a moment. A position counts with the event that it names; a time with all that the
 * ledger had recorded by the end of that millisecond. Reads the entries of this stream only.
 */
export async function findMoment(
  pool: Pool | PoolClient,
  streamId: string,
  moment: StreamMoment,
): Promise<FoundMoment> {
  const [name, condition, value] = conditionOf(moment);
  const { rows } = await pool.query<Omit<FoundMoment, 'head'> & { head: string }>({
    name: `find_moment_by_${name}`,
    text: `select coalesce(max(stream_version) filter (where ${condition}), 0) as version, coalesce(max(stream_version), 0) as newest,
                  (select position from ledger_head where shard = 1) as head
             from event where stream_id = $1`,
    values: [streamId, value],
  });
  const { version = 0, newest = 0, head = '0' } = rows[0] ?? {};
  return { version, newest, head: Number(head) };
}

function conditionOf(moment: StreamMoment): readonly [name: string, sql: string, value: number | string] {
  if ('version' in moment) return ['version', 'stream_version <= $2::int', moment.version];
  if ('position' in moment) return ['position', 'position <= $2::bigint', moment.position];
  return ['time', 'recorded_at < $2::timestamptz', new Date(moment.time + 1).toISOString()];
}
