import { rmSync } from 'node:fs';
import { admin } from './test-database';

/** Ends what set-up has started, and leaves nothing on a server that was given. */
async function globalTeardown(): Promise<void> {
  const server = globalThis.runledgerTestServer;
  if (!server) return;
  if (!server.embedded) await admin(server.url, `drop database if exists ${server.template} with (force)`);
  await server.embedded?.stop();
  rmSync(server.folder, { recursive: true, force: true });
}

export = globalTeardown;
