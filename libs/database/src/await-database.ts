import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLoss } from './connection-loss';
import { DatabaseTooNewError, DatabaseTooOldError } from './migrate';
import { DatabaseUnusableError } from './unusable-error';
import { WatchedClient } from './watched-client';

/** The major versions of PostgreSQL that we support. */
const oldest = 15;
const newest = 18;

/** SQLSTATEs that waiting does not fix. */
const remedies: Readonly<Record<string, (name: string) => string>> = {
  '28P01': (name) => `The database refuses the password for ${name}: set the right one in DATABASE_URL.`,
  '28000': (name) =>
    `The database does not let ${name} log in: the role must exist, have the right to log in, and be allowed by pg_hba.conf from here; or set another role in DATABASE_URL.`,
  '3D000': (name) => `There is no database for ${name}: create it, or name the right one in DATABASE_URL.`,
  '42501': (name) =>
    `The database does not give ${name} the rights that it needs: see "Roles and grants" in docs/operations.md.`,
};

export interface AwaitOptions {
  readonly url: string;
  /** How long to wait for the database. 0: one attempt. */
  readonly seconds: number;
  /** Called once, when the first attempt has failed. */
  readonly onWait?: (reason: string) => void;
}

/**
 * Resolves as soon as the database accepts connections and writes, and has a supported version.
 * @throws DatabaseUnusableError if it does not within that time, or if waiting cannot help.
 */
export async function awaitDatabase({ url, seconds, onWait }: AwaitOptions): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (let attempt = 1; ; attempt++) {
    const problem = await problemOf(url);
    if (problem === null) return;
    if (Date.now() >= deadline) {
      throw new DatabaseUnusableError(
        `The database ${placeOf(url)} could not be used for ${seconds} s (RUNLEDGER_DATABASE_WAIT): ${problem}. ` +
          'Start it, or set DATABASE_URL to the right address.',
      );
    }
    if (attempt === 1) onWait?.(problem);
    await sleep(Math.min(100 * 2 ** attempt, 1000, Math.max(0, deadline - Date.now())));
  }
}

/** Problems that waiting may fix; null = no problem. */
async function problemOf(url: string): Promise<string | null> {
  const client = new WatchedClient({ connectionString: url, application_name: 'runledger-start' });
  const late = setTimeout(() => client.cut('it does not answer within 5 s'), 5000);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; readonly: string }>(
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('transaction_read_only') as readonly`,
    );
    const version = rows[0]?.version ?? 0;
    if (version < oldest || version > newest) {
      throw new DatabaseUnusableError(
        `The database ${placeOf(url)} is PostgreSQL ${version}; version ${oldest} to ${newest} is needed: set DATABASE_URL to such a database.`,
      );
    }
    return rows[0]?.readonly === 'off' ? null : 'it is read-only (a standby, or default_transaction_read_only is on)';
  } catch (error) {
    if (error instanceof DatabaseUnusableError) throw error;
    const sentence = sentenceFor(error, url);
    if (sentence !== null) throw new DatabaseUnusableError(sentence);
    return reasonOf(error);
  } finally {
    clearTimeout(late);
    client.end().catch(() => undefined);
    setTimeout(() => client.cut('it was not closed within 1 s'), 1000).unref();
  }
}

/** The one sentence for an error at start with a known cause; null for a bug of ours. */
export function startProblem(error: unknown, url: string): string | null {
  if (
    error instanceof DatabaseUnusableError ||
    error instanceof DatabaseTooNewError ||
    error instanceof DatabaseTooOldError
  ) {
    return error.message;
  }
  if (isConnectionLoss(error)) {
    return `The database ${placeOf(url)} was lost while the server started (${reasonOf(error)}): start the server again.`;
  }
  return sentenceFor(error, url);
}

function sentenceFor(error: unknown, url: string): string | null {
  const code = (error as { code?: unknown }).code;
  const detail = code === '42501' ? ` (${reasonOf(error)})` : '';
  const sentence = typeof code === 'string' ? remedies[code]?.(placeOf(url)) : undefined;
  return sentence === undefined ? null : sentence + detail;
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : '';
  // If a host has several addresses, Node reports one refusal for each, and no message of its own.
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (text === '' && first instanceof Error) return first.message;
  return text === '' ? String(code) : text;
}

/** Address and user, without the password. */
function placeOf(url: string): string {
  const { hostname, port, pathname, username } = new URL(url);
  return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? '5432' : port}${pathname} (role ${decodeURIComponent(username) || 'of this account'})`;
}
