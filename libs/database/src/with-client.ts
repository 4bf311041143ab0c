import type { Pool, PoolClient } from 'pg';
import { markConnectionLoss } from './connection-loss';

/**
 * The one way to hold a connection of a pool. It has an `error` listener meanwhile: the pool takes its own away when it hands one out, and
 * a connection that is lost while nobody listens ends the process. After any error the connection is closed, not used again, and what was
 * begun on it is undone by the server.
 */
export async function withClient<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  const losses: Error[] = [];
  const onError = (error: Error): void => void losses.push(error);
  let failed: Error | undefined;
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    failed = error instanceof Error ? error : new Error(String(error));
    throw losses.length > 0 ? markConnectionLoss(error) : error;
  } finally {
    client.release(failed ?? losses[0]);
    client.off('error', onError);
  }
}

/** The same, with all of `work` in one transaction. `begin`: the statement that opens it. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  begin = 'begin',
): Promise<Result> {
  return withClient(pool, async (client) => {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    return result;
  });
}
