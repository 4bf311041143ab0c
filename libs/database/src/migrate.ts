import type { DataSource } from 'typeorm';
import { advisoryLocks, withAdvisoryLock } from './advisory-lock';
import { createDataSource } from './data-source';
import { ensurePartitions } from './event-partitions';
import { migrations } from './migrations';
import { LeanAppend1764600000018 } from './migrations/0018-lean-append';
import { grantService, makeServiceRole, mightOf, type ServiceRole } from './service-role';
import { DatabaseUnusableError } from './unusable-error';

/** Ledgers from before this migration have hashes of another form. */
const readFrom = new LeanAppend1764600000018().name;

const notMigrated =
  'The database is not of this version yet, and this role does not own it: run `runledger migrate` as its owner ' +
  '(see "Roles and grants" in docs/operations.md), or set RUNLEDGER_OWNER_URL.';

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

export interface MigrateOptions {
  /** The role for servers; absent: only those that are there keep their rights. */
  readonly service?: ServiceRole;
  readonly now?: number;
}

/**
 * Updates the schema, and what servers may do with it. If several servers start at once, one migrates, and the others wait and find nothing to do.
 * A role that does not own the database can only find that nothing is to be done.
 * @returns the names of the migrations that were new to the database.
 */
export async function migrate(
  dataSource: DataSource,
  { service, now = Date.now() }: MigrateOptions = {},
): Promise<readonly string[]> {
  const done = await withAdvisoryLock(dataSource, advisoryLocks.migrate, async () => {
    const isUpToDate = await compareVersions(dataSource);
    if (isUpToDate && !service) return [];
    if (!isUpToDate && (await isStranger(dataSource))) throw new DatabaseUnusableError(notMigrated);
    const applied = isUpToDate ? [] : await dataSource.runMigrations();
    // Partitions that are made at the same time get grants too.
    await withAdvisoryLock(dataSource, advisoryLocks.partitions, async () => {
      if (service) await makeServiceRole(dataSource, service);
      await grantService(dataSource, service?.name ?? null);
    });
    return applied;
  });
  await ensurePartitions(dataSource, now);
  return done.map(({ name }) => name);
}

/** The same on a database, for a program that does nothing else. */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const dataSource = await createDataSource({ url }).initialize();
  return migrate(dataSource, options).finally(() => dataSource.destroy());
}

/** The tables are there, and are those of another role. */
async function isStranger(dataSource: DataSource): Promise<boolean> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('public.event') is not null as exists`,
  );
  return exists && (await mightOf(dataSource)) === null;
}

/** Whether every migration has run. @throws DatabaseTooNewError, DatabaseTooOldError */
async function compareVersions(dataSource: DataSource): Promise<boolean> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('migration') is not null as exists`,
  );
  if (!exists) return false;
  const rows = await dataSource.query<{ name: string }[]>('select name from migration order by id');
  const known = new Set(migrations.map((each) => new each().name));
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseTooNewError(unknown);
  if (rows.length === known.size) return true;
  if (rows.length === 0 || rows.some(({ name }) => name === readFrom)) return false;
  const heads = await dataSource.query<unknown[]>('select 1 from ledger_head where position > 0');
  if (heads.length > 0) throw new DatabaseTooOldError();
  return false;
}
