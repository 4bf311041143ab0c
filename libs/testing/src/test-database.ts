import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** As a server has it: with the role that cannot change the ledger. Of an empty database: its owner's. */
  readonly url: string;
  /** For what only its owner may do, such as tampering. */
  readonly ownerUrl: string;
  drop(): Promise<void>;
}

export const templateName = 'runledger_template';

/** Where global set-up has stored the server's address for the workers. */
export const serverVariable = 'RUNLEDGER_TEST_SERVER';
/** The role of servers, as `name:password`. */
export const serviceVariable = 'RUNLEDGER_TEST_SERVICE';

/** A separate database: a clone of the migrated template (22 ms), or an empty one. */
export async function createTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const server = process.env[serverVariable];
  if (!server) throw new Error('There is no test server: run the specs through jest');
  const name = `runledger_test_${randomBytes(8).toString('hex')}`;
  const template = migrated
    ? `template ${process.env['RUNLEDGER_TEST_TEMPLATE'] ?? templateName} strategy file_copy`
    : '';
  await admin(server, `create database ${name} ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const ownerUrl = url.toString();
  if (migrated) [url.username, url.password] = process.env[serviceVariable]?.split(':') as [string, string];
  return { url: url.toString(), ownerUrl, drop: () => dropDatabase(server, name) };
}

/**
 * Waits for closing connections: cutting a client while it closes would fail the test that runs then. Cuts a connection
 * that is still open after five seconds.
 */
async function dropDatabase(server: string, name: string): Promise<void> {
  try {
    await admin(server, `drop database if exists ${name}`);
  } catch {
    await admin(server, `drop database if exists ${name} with (force)`);
  }
}

/** Runs one statement on the server's own database; waits while others use it. */
export async function admin(server: string, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(sql);
      return;
    } catch (error) {
      const busy = (error as { code?: string }).code === '55006';
      if (!busy || attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end();
    }
  }
}
