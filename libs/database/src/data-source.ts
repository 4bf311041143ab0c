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
  /** The most connections. */
  readonly poolSize?: number;
  /** Milliseconds to make a connection of a pool, or to get one from it; other than `databaseLimits` only in specs. */
  readonly connectWithin?: number;
  /**
   * Rows are looked up by key, always: a plan that was made while a table was small, and is kept, cannot turn into a scan of a large one. So
   * plans are kept from the first call on. PostgreSQL would make them anew for each call, since it takes an array that it has not seen for ten
   * rows: that took longer than writing the row.
   */
  readonly byKey?: boolean;
  /** Milliseconds that a statement may take; beyond it, it fails with a ReadLimitError. Absent: `databaseLimits.statement`, and no such error. */
  readonly readWithin?: number;
  /** Watches the connections, and hears when one is lost. */
  readonly connections?: Connections;
}

/**
 * The connections for work that no request waits for: its statements may take longer than those of reads, and it keeps no connection from
 * them. `Pool` alone is what requests use.
 */
export class BackgroundPool extends Pool {}

/** TypeORM, for migrations and read entities only. It neither synchronises nor saves anything. */
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
 * The pool for named statements. The time limits ensure that a frozen or disconnected process cannot hold a lock: the
 * append is one statement, and the server itself ends sessions that wait or idle too long.
 */
export function createPool({
  url,
  applicationName,
  poolSize,
  connectWithin,
  byKey,
  readWithin,
  connections,
}: ConnectionOptions): Pool {
  const { statement, lock, idleInTransaction } = databaseLimits;
  const options = {
    connectionString: url,
    application_name: applicationName ?? 'runledger',
    max: poolSize ?? 10,
    connectionTimeoutMillis: connectWithin ?? databaseLimits.connect,
    Client: WatchedClient,
    connections,
    ...(readWithin !== undefined && { readWithin }),
    options:
      `-c statement_timeout=${readWithin ?? statement} -c lock_timeout=${lock} ` +
      `-c idle_in_transaction_session_timeout=${idleInTransaction}` +
      (byKey
        ? ' -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan'
        : ''),
  };
  const pool = new Pool(options);
  // It is normal that the server closes an idle connection: the pool opens another.
  pool.on('error', () => undefined);
  const failed = (error: unknown): unknown => {
    // All connections are in use: the caller waited for other work, not for the database.
    if (pool.totalCount >= options.max && pool.idleCount === 0) return new DatabaseBusyError({ cause: error });
    // Any other reason means that the database is away, unless the server itself says something else.
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
