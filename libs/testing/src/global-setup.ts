import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest loads set-up with Node's own resolution, which ignores the `source` condition: hence the relative path. Jest
// resolves no imports of this file, so import only files that import no other room.
import { createDataSource } from '../../database/src/data-source';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../database/src/embedded/embedded-postgres';
import { migrate } from '../../database/src/migrate';
import { runFolderVariable } from './once-per-test-run';
import { admin, serverVariable, serviceVariable, templateName } from './test-database';

interface TestServer {
  readonly embedded: EmbeddedPostgres | null;
  /** What spec files of this run share, and the embedded server's data. */
  readonly folder: string;
  readonly template: string;
  /** The role of servers. */
  readonly service: string;
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
  const folder = mkdtempSync(join(tmpdir(), 'runledger-test-'));
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  process.env[runFolderVariable] = shared;
  const embedded = given ? null : await startEmbeddedPostgres({ dataDir: folder, durable: false });
  const url = embedded?.url ?? given ?? '';
  const template = given ? `${templateName}_${randomBytes(6).toString('hex')}` : templateName;
  await admin(url, `create database ${template}`);
  const target = new URL(url);
  target.pathname = `/${template}`;
  const dataSource = await createDataSource({ url: target.toString() }).initialize();
  const service = {
    name: `runledger_test_${randomBytes(6).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
  };
  await migrate(dataSource, { service });
  await dataSource.destroy();
  process.env[serviceVariable] = `${service.name}:${service.password}`;
  process.env[serverVariable] = url;
  process.env['RUNLEDGER_TEST_TEMPLATE'] = template;
  globalThis.runledgerTestServer = { embedded, folder, template, service: service.name, url };
}

export = globalSetup;
