import type { Pool } from 'pg';
import type { VersionedState } from './stream-category';

/**
 * Loads a category's streams from a view with the columns `id`, `version` and `state`. `table` comes from our code,
 * never from a user.
 */
export function loadStatesFrom<State>(table: string) {
  return async (pool: Pool, ids: readonly string[]): Promise<ReadonlyMap<string, VersionedState<State>>> => {
    const { rows } = await pool.query<VersionedState<State> & { readonly id: string }>({
      name: `load_${table}`,
      text: `select id, version, state from ${table} where id = any($1::uuid[])`,
      values: [ids],
    });
    return new Map(rows.map(({ id, version, state }) => [id, { version, state }]));
  };
}
