import 'reflect-metadata';
import { createServer as createNetServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type Config, ConfigError, parseConfig } from '#libs/config';
import { awaitDatabase, type EmbeddedPostgres, startEmbeddedPostgres, startProblem } from '#libs/database';
import { createLogger, type Logger } from '#libs/observability';
import { parseSecretKey, secretKeyInFolder, type SecretKeys } from '#libs/secrets';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { closeMilliseconds, createServer, migrateDatabase, type Server } from './create-server';
import { curlLines } from './demo/curl-lines';
import { hasDemo, newestDemoRun, runDemo } from './demo/run-demo';
import { LocalAgent } from './local-agent';

// V8 lets its heap double before it looks what of it is garbage: 10,000 submits left 240 MiB lying about that way, and 20 this way, at a
// tenth of the speed.
setFlagsFromString('--heap-growing-percent=30');

const agentToken = 'local-agent';
const demoToken = 'demo';

/** Milliseconds from a signal to the end, at most: the local agent's 25 s, the server's, and a moment for the database of our own. */
const shutdownMilliseconds = 25_000 + closeMilliseconds + 10_000;

async function main(): Promise<void> {
  const config = parseConfig(process.env, process.argv.slice(2));
  const logger = createLogger(config.logLevel);
  const dataDir = resolve(config.dataDir);
  const say = (text: string): void => void process.stdout.write(text + '\n');

  let embedded: EmbeddedPostgres | null = null;
  if (config.databaseUrl === undefined) {
    say(`Starting PostgreSQL in ${dataDir} …`);
    embedded = await startEmbeddedPostgres({ dataDir, durable: true, log: say });
  }
  const databaseUrl = config.databaseUrl ?? embedded?.url ?? '';
  const server = await start(databaseUrl, config, dataDir, logger, say).catch(async (error: unknown) => {
    await embedded?.stop();
    const problem = config.databaseUrl === undefined ? null : startProblem(error, databaseUrl);
    throw problem === null ? error : new StartError(problem);
  });
  if (!server) {
    say('The database is up to date.');
    await embedded?.stop();
    return;
  }
  let agent: LocalAgent | null = null;
  let releaseAgentToken: (() => Promise<void>) | null = null;

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      setTimeout(() => {
        logger.error(`the shutdown did not end within ${shutdownMilliseconds} ms and was cut short`);
        process.exit(1);
      }, shutdownMilliseconds).unref();
      say('\nShutting down: running tasks are given time to end …');
      await agent?.stop();
      // Without the database it stays, and is revoked at the next start.
      await Promise.race([releaseAgentToken?.().catch(() => undefined), sleep(3000)]);
      await server.close();
      await embedded?.stop();
    })();
    return stopping;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'the shutdown failed');
          process.exit(1);
        },
      );
    });
  }

  try {
    await listen(server.app, config, say);
    const address = server.app.getHttpServer().address() as { port: number };
    const isAny = config.host === '0.0.0.0' || config.host === '::';
    const host = isAny ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
    const baseUrl = `http://${host}:${address.port}`;
    say(`Runledger listens on ${baseUrl} (API: ${baseUrl}/api/docs)`);
    if (server.newAdminToken !== null) {
      say(`\nAdministrator's token, shown this once: ${server.newAdminToken}`);
    }
    if (config.agent) {
      await server.tokens.revokeNamed(agentToken);
      const issued = await server.tokens.issue(agentToken, ['taskrun/action']);
      releaseAgentToken = issued.release;
      const workDir = resolve(dataDir, 'agent');
      agent = new LocalAgent({ url: baseUrl, token: issued.text, workDir, logLevel: config.logLevel });
    }
    if (config.demo && config.agent) {
      const shown = config.adminToken ?? server.newAdminToken ?? '<the administrator token of the first start>';
      await server.tokens.revokeNamed(demoToken);
      const permissions = ['taskrun/**', 'workflowrun/**', 'workflow/**', 'team/**'];
      const issued = await server.tokens.issue(demoToken, permissions);
      await demonstrate(baseUrl, issued.text, shown, say).finally(issued.release);
    }
    say('\nReady. Ctrl-C ends it.');
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Why the server cannot start, in words for an operator: no stack trace. */
class StartError extends Error {}

/** The server on its database, as soon as that can be used; null when only the schema was to be brought up to date. */
async function start(
  databaseUrl: string,
  config: Config,
  dataDir: string,
  logger: Logger,
  say: (text: string) => void,
): Promise<Server | null> {
  const onWait = (reason: string): void =>
    say(`Waiting for the database, for ${config.databaseWait} s at most: ${reason} …`);
  await awaitDatabase({ url: databaseUrl, seconds: config.databaseWait, onWait });
  if (config.migrateOnly) {
    await migrateDatabase(databaseUrl);
    return null;
  }
  return createServer({
    databaseUrl,
    leaseSeconds: config.leaseSeconds,
    roles: config.roles,
    ...(config.adminToken !== undefined && { adminToken: config.adminToken }),
    secretKeys: secretKeysOf(config, dataDir, say),
    logger,
  });
}

/** The key of the settings, else the one in the data folder, which is made at the first start. */
function secretKeysOf(config: Config, dataDir: string, say: (text: string) => void): SecretKeys {
  const previous = config.previousSecretKeys.flatMap((text) => parseSecretKey(text) ?? []);
  const given = config.secretKey === undefined ? null : parseSecretKey(config.secretKey);
  if (given) return { current: given, previous };
  const { key, isNew, file } = ownKey(dataDir);
  if (isNew) say(`Passwords are sealed with the new key in ${file}: keep a copy of it apart from the database.`);
  return { current: key, previous };
}

function ownKey(dataDir: string): ReturnType<typeof secretKeyInFolder> {
  try {
    return secretKeyInFolder(dataDir);
  } catch (error) {
    throw new ConfigError([
      `RUNLEDGER_SECRET_KEY is not set, and no key can be kept in ${dataDir}: ${(error as Error).message}`,
    ]);
  }
}

/** A port that was asked for must be free; the default one gives way. */
async function listen(
  app: NestFastifyApplication,
  { port, portIsDefault, host }: Config,
  say: (text: string) => void,
): Promise<void> {
  const isTaken = portIsDefault && (await isListening(port, host));
  if (isTaken) say(`Port ${port} is taken; using a free one (PORT sets it).`);
  await app.listen(isTaken ? 0 : port, host);
}

function isListening(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createNetServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => resolve(false)));
  });
}

/** The demo on the first start; then how to ask for more. */
async function demonstrate(
  baseUrl: string,
  token: string,
  shownToken: string,
  say: (text: string) => void,
): Promise<void> {
  const options = { baseUrl, token, out: process.stdout };
  const runId = (await hasDemo(options)) ? await newestDemoRun(options) : (await runDemo(options)).runId;
  say(`\nThe seven routes of the contract:\n${curlLines(baseUrl, shownToken, runId)}`);
}

main().catch((error: unknown) => {
  const isExpected =
    error instanceof ConfigError || error instanceof StartError || (error as { code?: unknown }).code === 'EADDRINUSE';
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  process.exit(1);
});
