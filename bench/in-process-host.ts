import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { serverReach } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { RUN_CATEGORY } from '#libs/runs';
import { createServer, type Server } from '../apps/server/src/create-server';
import { inFlight } from './support/client';
import { adminToken } from './support/server';

/*
 * The whole server in a process of its own, which also sends commands to its command processor itself: no HTTP. Runs are submitted to it
 * over HTTP, so that their states are in its cache as they are in a real server.
 */

type Category = Parameters<Server['processor']['execute']>[0];

/** What the host is asked over the channel. It answers `true` when all commands are committed. */
export interface Order {
  readonly type: 'StartRun' | 'CancelRun' | 'FinalizeRun';
  readonly ids: readonly string[];
  readonly width: number;
}

async function main(): Promise<void> {
  const server = await createServer({
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    leaseSeconds: 60,
    roles: ['api', 'worker'],
    adminToken,
    secretKeys: { current: Buffer.alloc(32), previous: [] },
    ...(process.argv.includes('--trail') && { trail: {} }),
    logger: createLogger('info'),
  });
  const category = server.app.get<Category>(RUN_CATEGORY);
  const obey = async ({ type, ids, width }: Order): Promise<void> => {
    await inFlight(ids, width, (streamId) =>
      server.processor.execute(category, {
        streamId,
        command: { type, overlay: {}, now: Date.now(), reach: serverReach },
        metadata: { actor: 'bench' },
      }),
    );
    process.send?.(true);
  };
  process.on('message', (order) => void obey(order as Order).catch(fail));
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
