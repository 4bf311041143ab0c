import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveWorker } from '#libs/archive';
import { createLogger } from '#libs/observability';
import { logFiles, makeLogKey } from '#libs/transparency';
import { createServer } from '../apps/server/src/create-server';
import { adminToken } from './support/server';

/*
 * The whole server, its trail signed, which archives when it is told to: everything that was cancelled a moment ago. It answers how many archives it has
 * made. `BENCH_FOLDER`: where they go.
 */

/** A moment, in days. */
const moment = 0.1 / 86_400;

async function main(): Promise<void> {
  const folder = process.env['BENCH_FOLDER'] ?? mkdtempSync(join(tmpdir(), 'runledger-bench-'));
  const key = makeLogKey(folder, 'ledger.example/bench');
  const server = await createServer({
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    leaseSeconds: 60,
    roles: ['api', 'worker'],
    adminToken,
    secretKeys: { current: Buffer.alloc(32), previous: [] },
    trail: { signing: { key, stateFile: join(folder, logFiles.state), isNamed: true } },
    logger: createLogger('warn'),
  });
  const archive = { folder: join(folder, 'archive'), retention: { cancelled: moment } };
  process.on('message', () => {
    void server.app
      .get(ArchiveWorker)
      .pass(archive, fail)
      .then((made) => process.send?.(made ?? 0), fail);
  });
  process.once('SIGTERM', () => void server.close().finally(() => process.exit(0)));
  await server.app.listen(0, '127.0.0.1');
  const { port } = server.app.getHttpServer().address() as AddressInfo;
  console.log(`The host listens on http://127.0.0.1:${port}\nReady.`);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
