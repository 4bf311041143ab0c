import { rmSync } from 'node:fs';
import { admin } from './test-database';

/** Stops what set-up has started, and leaves nothing behind on a given server. */
async function globalTeardown(): Promise<void> {
  const server = globalThis.runledgerTestServer;
  if (!server) return;
  if (!server.embedded) {
    await admin(server.url, `drop database if exists ${server.template} with (force)`);
    // A database that a failed spec has left still needs the role.
    await admin(server.url, `drop role if exists ${server.service}`).catch(() => undefined);
  }
  await server.embedded?.stop();
  rmSync(server.folder, { recursive: true, force: true });
}

export = globalTeardown;
