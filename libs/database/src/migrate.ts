import type { DataSource } from 'typeorm';
import { advisoryLocks, withAdvisoryLock } from './advisory-lock';
import { ensurePartitions } from './event-partitions';
import { migrations } from './migrations';

/** The database has been migrated by a newer version than this one. */
export class DatabaseTooNewError extends Error {
  constructor(names: readonly string[]) {
    super(`The database has migrations that this version does not know: ${names.join(', ')}. Start a newer version.`);
  }
}

/** Brings the schema up to date. Several starters may race: one migrates, the others wait and find nothing to do. */
export async function migrate(dataSource: DataSource, now = Date.now()): Promise<void> {
  await withAdvisoryLock(dataSource, advisoryLocks.migrate, async () => {
    await refuseNewer(dataSource);
    await dataSource.runMigrations();
  });
  await ensurePartitions(dataSource, now);
}

async function refuseNewer(dataSource: DataSource): Promise<void> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('migration') is not null as exists`,
  );
  if (!exists) return;
  const rows = await dataSource.query<{ name: string }[]>('select name from migration order by id');
  const known = new Set(migrations.map((each) => new each().name));
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseTooNewError(unknown);
}
