import { parseArgs } from 'node:util';
import { DemoApi } from './api';
import { demoToken, startDemoServer } from './demo-server';
import { seed } from './seed';

/**
 * Starts a server with runs of every kind. `--shots FOLDER` takes pictures of every page and ends; `--only NAME,NAME` of
 * some.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { shots: { type: 'string' }, only: { type: 'string' }, port: { type: 'string', default: '8090' } },
  });
  const server = await startDemoServer(values.port);
  try {
    const api = new DemoApi(server.url, demoToken);
    await seed(api);
    process.stdout.write(`The dashboard: ${server.url} (token ${demoToken}). Ctrl-C ends it, and removes its data.\n`);
    if (values.shots === undefined) await new Promise((resolve) => process.once('SIGINT', resolve));
    else await (await import('./shots.js')).takeShots(api, values.shots, values.only?.split(','));
  } finally {
    await server.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
