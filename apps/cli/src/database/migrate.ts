import { awaitDatabase, migrateDatabase } from '#libs/database';
import { write, writeJson } from '../output';
import { settings } from '../settings';
import { onDatabase } from './open';

export interface MigrateOptions {
  readonly json?: true;
}

/** Waits for the database, and updates its schema. */
export async function migrate({ json }: MigrateOptions): Promise<void> {
  const applied = await onDatabase(async (url) => {
    await awaitDatabase({ url, seconds: settings().databaseWait });
    return migrateDatabase(url);
  });
  if (json) return writeJson({ applied });
  const count = applied.length === 1 ? '1 migration' : `${applied.length} migrations`;
  await write(`${applied.length === 0 ? '' : `Applied ${count}. `}The database is up to date.\n`);
}
