import { withClient } from '#libs/database';
import { rebuildViews } from '#libs/rebuild';
import { Pool } from 'pg';

/** A rebuild, as `runledger rebuild` makes it, finds every view to be what the ledger says, byte for byte. */
export async function expectViewsRebuilt(pool: Pool, tampered: readonly string[] = []): Promise<void> {
  const connection = new Pool({ ...pool.options, max: 2 });
  try {
    const { differences } = await withClient(connection, (client) =>
      withClient(connection, (reader) => rebuildViews(client, reader)),
    );
    expect(differences.filter(({ stream }) => stream === null || !tampered.includes(stream))).toEqual([]);
  } finally {
    await connection.end();
  }
}
