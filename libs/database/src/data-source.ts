import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseBusyError, markConnectionLoss } from './connection-loss';
import type { Connections } from './connections';
import { databaseLimits } from './limits';
import { migrations } from './migrations';
import { markedAnswer, WatchedClient } from './watched-client';

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName?: string;
  /** Connections at most. */
  readonly poolSize?: number;
  /** Milliseconds to make a connection of a pool, or to be given one; other than `databaseLimits` only in specs. */
  readonly connectWithin?: number;
  /** Who looks after them, and is told when one is lost. */
  readonly connections?: Connections;
}

/** TypeORM's door: migrations and read entities. Nothing is synchronised or saved through it. */
export function createDataSource({ url, applicationName, poolSize, connections }: ConnectionOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    synchronize: false,
    migrationsRun: false,
    migrations: [...migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    applicationName: applicationName ?? 'runledger',
    poolSize: poolSize ?? 4,
    poolErrorHandler: () => undefined,
    extra: {
      Client: WatchedClient,
      connections,
      connectionTimeoutMillis: databaseLimits.connect,
      answerWithin: databaseLimits.migrationAnswer,
    },
  });
}

/**
 * The pool that statements go through by name. The time limits see to it that a frozen or cut-off process cannot hold a lock:
 * the append is one statement, and the server itself ends what waits or idles too long.
 */
export function createPool({ url, applicationName, poolSize, connectWithin, connections }: ConnectionOptions): Pool {
  const { statement, lock, idleInTransaction } = databaseLimits;
  const options = {
    connectionString: url,
    application_name: applicationName ?? 'runledger',
    max: poolSize ?? 10,
    connectionTimeoutMillis: connectWithin ?? databaseLimits.connect,
    Client: WatchedClient,
    connections,
    options:
      `-c statement_timeout=${statement} -c lock_timeout=${lock} ` +
      `-c idle_in_transaction_session_timeout=${idleInTransaction}`,
  };
  const pool = new Pool(options);
  // An idle connection that the server closes is no fault of anybody's: the pool opens another.
  pool.on('error', () => undefined);
  const failed = (error: unknown): unknown => {
    // Whoever waits while all are in use has waited for the others' work, not for the database.
    if (pool.totalCount >= options.max && pool.idleCount === 0) return new DatabaseBusyError({ cause: error });
    // What keeps a connection from being made means that the database is away, unless the server itself says something else.
    if (typeof (error as { code?: unknown }).code !== 'string') markConnectionLoss(error);
    connections?.lost(error);
    return error;
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy hands `this` on
  pool.connect = new Proxy(pool.connect, {
    apply: (connect, self, given: unknown[]): unknown => markedAnswer(connect, self, given, failed),
  });
  return pool;
}
