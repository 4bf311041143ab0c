import { RefusedError } from '#libs/kernel';
import type { Pool } from 'pg';

/** The most bytes of JSON in one page of a list: 4 MiB. A page with one item is never refused. */
export const maxPageBytes = 4 * 1024 * 1024;

/** The bytes to read at once. */
const batchBytes = 1024 * 1024;
const firstBatch = 8;

/**
 * The rows of a page, in the order of their ids. Reads them in portions, so that it can refuse a page that is too large
 * before the page is in memory.
 * @param read the rows with these ids, each with the bytes of its JSON: `octet_length(state::text)`.
 * @throws RefusedError QUERY_INVALID_FILTERS naming the bound.
 */
export async function readPage<Row extends { readonly id: string; readonly bytes: number }>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let bytes = 0;
  for (let at = 0; at < ids.length;) {
    const average = rows.length === 0 ? batchBytes / firstBatch : Math.max(1, bytes / rows.length);
    const size = Math.max(1, Math.floor(batchBytes / average));
    const batch = ids.slice(at, at + size);
    const found = new Map((await read(batch)).map((row) => [row.id, row]));
    for (const id of batch) {
      const row = found.get(id);
      if (!row) continue;
      rows.push(row);
      bytes += row.bytes;
    }
    if (bytes > maxPageBytes && ids.length > 1) {
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `Invalid query filters have been provided. The page would have more than ${maxPageBytes} bytes: choose a smaller limit.`,
      );
    }
    at += size;
  }
  return rows;
}

/**
 * A page of a view with the columns `id` and `state`: the states, read as by `readPage`. `table` comes from our code,
 * never from a user.
 */
export async function readStates<State>(pool: Pool, table: string, ids: readonly string[]): Promise<State[]> {
  const rows = await readPage(ids, async (batch) => {
    const found = await pool.query<{ id: string; state: State; bytes: number }>({
      name: `read_states_${table}`,
      text: `select id, state, octet_length(state::text) as bytes from ${table} where id = any($1::uuid[])`,
      values: [batch],
    });
    return found.rows;
  });
  return rows.map(({ state }) => state);
}
