import { readFileSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error';

/** The user that PostgreSQL's processes run as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then use an account that exists on every system. Null = the current user. */
export function postgresOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(([user]) => user === name);
    const [uid, gid] = [Number(account?.[2]), Number(account?.[3])];
    if (account && uid > 0 && gid > 0) return { uid, gid };
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and there is no account named postgres or nobody to run it as. ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}
