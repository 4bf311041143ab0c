import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest loads set-up with Node's own resolution, which ignores the `source` condition: hence the relative path. Jest
// resolves no imports of this file, so import only files that import no other room.
import { createDataSource } from '../../database/src/data-source';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../database/src/embedded/embedded-postgres';
import { migrate } from '../../database/src/migrate';
import { admin, serverVariable, templateName } from './test-database';

interface TestServer {
  readonly embedded: EmbeddedPostgres | null;
  readonly folder: string | null;
  readonly template: string;
  readonly url: string;
}

declare global {
  var runledgerTestServer: TestServer | undefined;
}

/**
 * One server for all specs: the one from TEST_DATABASE_URL or DATABASE_URL, or an embedded one; with one migrated
 * template.
 */
async function globalSetup(): Promise<void> {
  const given = process.env['TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'];
  const folder = given ? null : mkdtempSync(join(tmpdir(), 'runledger-test-'));
  const embedded = folder ? await startEmbeddedPostgres({ dataDir: folder, durable: false }) : null;
  const url = embedded?.url ?? given ?? '';
  const template = given ? `${templateName}_${randomBytes(6).toString('hex')}` : templateName;
  await admin(url, `create database ${template}`);
  const target = new URL(url);
  target.pathname = `/${template}`;
  const dataSource = await createDataSource({ url: target.toString() }).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  process.env[serverVariable] = url;
  process.env['RUNLEDGER_TEST_TEMPLATE'] = template;
  globalThis.runledgerTestServer = { embedded, folder, template, url };
}

export = globalSetup;
