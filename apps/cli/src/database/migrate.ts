import { awaitDatabase, migrateDatabase, serviceOf } from '#libs/database';
import { write, writeJson } from '../output';
import { settings } from '../settings';
import { onDatabase } from './open';

export interface MigrateOptions {
  readonly serviceRole?: string;
  readonly json?: true;
}

/** Waits for the database, updates its schema, and makes the role for servers. */
export async function migrate({ serviceRole, json }: MigrateOptions): Promise<void> {
  const applied = await onDatabase(async ({ url, ownerUrl }) => {
    const asOwner = ownerUrl ?? url;
    await awaitDatabase({ url: asOwner, seconds: settings().databaseWait });
    const known = ownerUrl === undefined ? null : serviceOf(url);
    const named = serviceRole === undefined || serviceRole === known?.name ? known : { name: serviceRole };
    return migrateDatabase(asOwner, named ? { service: named } : {});
  });
  if (json) return writeJson({ applied });
  const count = applied.length === 1 ? '1 migration' : `${applied.length} migrations`;
  await write(`${applied.length === 0 ? '' : `Applied ${count}. `}The database is up to date.\n`);
}
