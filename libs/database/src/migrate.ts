import type { DataSource } from 'typeorm';
import { advisoryLocks, withAdvisoryLock } from './advisory-lock';
import { createDataSource } from './data-source';
import { ensurePartitions } from './event-partitions';
import { migrations } from './migrations';
import { LeanAppend1764600000018 } from './migrations/0018-lean-append';

/** Ledgers from before this migration have hashes of another form. */
const readFrom = new LeanAppend1764600000018().name;

/** A newer version than this one has migrated the database. */
export class DatabaseTooNewError extends Error {
  constructor(names: readonly string[]) {
    super(`The database has migrations that this version does not know: ${names.join(', ')}. Start a newer version.`);
  }
}

/** A build with events that this one cannot read wrote the ledger. */
export class DatabaseTooOldError extends Error {
  constructor() {
    super(
      'An older build of Runledger made the database, and this build cannot read its ledger. Start with an empty one: set ' +
        'RUNLEDGER_DATA_DIR to a new folder, or DATABASE_URL to a new database.',
    );
  }
}

/**
 * Updates the schema. If several servers start at once, one migrates, and the others wait and find nothing to do.
 * @returns the names of the migrations that were new to the database.
 */
export async function migrate(dataSource: DataSource, now = Date.now()): Promise<readonly string[]> {
  const done = await withAdvisoryLock(dataSource, advisoryLocks.migrate, async () => {
    await refuseOthers(dataSource);
    return dataSource.runMigrations();
  });
  await ensurePartitions(dataSource, now);
  return done.map(({ name }) => name);
}

/** The same on a database, for a program that does nothing else. */
export async function migrateDatabase(url: string): Promise<readonly string[]> {
  const dataSource = await createDataSource({ url }).initialize();
  return migrate(dataSource).finally(() => dataSource.destroy());
}

/** @throws DatabaseTooNewError, DatabaseTooOldError */
async function refuseOthers(dataSource: DataSource): Promise<void> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('migration') is not null as exists`,
  );
  if (!exists) return;
  const rows = await dataSource.query<{ name: string }[]>('select name from migration order by id');
  const known = new Set(migrations.map((each) => new each().name));
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseTooNewError(unknown);
  if (rows.length === 0 || rows.some(({ name }) => name === readFrom)) return;
  const heads = await dataSource.query<unknown[]>('select 1 from ledger_head where position > 0');
  if (heads.length > 0) throw new DatabaseTooOldError();
}
