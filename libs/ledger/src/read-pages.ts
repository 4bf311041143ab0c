import type { Pool, PoolClient } from 'pg';

/** The most positions of a page, and the bytes of data after which a page ends. */
const mostRows = 1000;
const mostBytes = 4 * 1024 * 1024;

/**
 * The events with positions above `after` and up to `last`, page by page in order. A page covers the positions that come next:
 * events that are missing there are missing in it. The next page is read while the caller works on one; memory stays flat,
 * because a page ends with the event that makes it larger than 4 MiB. `read`: `readAll` or `readStored`.
 */
export async function* readPages<Event extends { readonly position: number }>(
  pool: Pool | PoolClient,
  after: number,
  last: number,
  read: (pool: Pool | PoolClient, after: number, limit: number) => Promise<Event[]>,
): AsyncGenerator<readonly Event[]> {
  let position = after;
  const next = async (): Promise<Event[]> => {
    const end = await endOfPage(pool, position, Math.min(mostRows, last - position));
    const events = await read(pool, position, end - position);
    position = end;
    return events;
  };
  for (let reading = position < last ? next() : null; reading;) {
    const events = await reading;
    reading = position < last ? next() : null;
    // If the caller leaves, nobody waits for it.
    reading?.catch(() => undefined);
    yield events;
  }
}

/** The position that ends a page of at most `limit` positions. */
async function endOfPage(pool: Pool | PoolClient, after: number, limit: number): Promise<number> {
  const { rows } = await pool.query<{ end: string }>({
    name: 'end_of_page',
    text: `select coalesce(max(e.position), $1::bigint + $2::int) as end
             from (select position, coalesce(sum(octet_length(data)) over (order by position rows between unbounded preceding and 1 preceding), 0) as before
                     from event where position > $1::bigint and position <= $1::bigint + $2::int) as e
            where e.before < $3::int`,
    values: [after, limit, mostBytes],
  });
  return Number(rows[0]?.end);
}
