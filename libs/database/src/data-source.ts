import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from './migrations';

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName?: string;
  /** Connections at most. */
  readonly poolSize?: number;
}

/** TypeORM's door: migrations and read entities. Nothing is synchronised or saved through it. */
export function createDataSource({ url, applicationName, poolSize }: ConnectionOptions): DataSource {
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
    extra: { connectionTimeoutMillis: 10_000 },
  });
}

/**
 * The pool that statements go through by name. The time limits see to it that a frozen or cut-off process cannot hold a lock:
 * the append is one statement, and the server itself ends what waits or idles too long.
 */
export function createPool({ url, applicationName, poolSize }: ConnectionOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: applicationName ?? 'runledger',
    max: poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: '-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000',
  });
  // An idle connection that the server closes is no fault of anybody's: the pool opens another.
  pool.on('error', () => undefined);
  return pool;
}
