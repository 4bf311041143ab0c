import type { Pool, PoolClient } from 'pg';
import { markConnectionLoss } from './connection-loss';

/**
 * The only way to use a connection of a pool. It adds an `error` listener: the pool removes its own when it hands out a
 * connection, and the loss of a connection without a listener ends the process. After any error it closes the
 * connection, so nobody uses it again, and the server rolls back its transaction.
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

/** The same, with all of `work` in one transaction. `begin`: the statement that begins it. */
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
