import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type Config, ConfigError, parseConfig, programFolder, programVersion } from '#libs/config';
import {
  awaitDatabase,
  type EmbeddedPostgres,
  isConnectionLoss,
  isPassingFault,
  migrateDatabase,
  serviceOf,
  startEmbeddedPostgres,
} from '#libs/database';
import { RefusedError } from '#libs/kernel';
import { createLogger, type Logger } from '#libs/observability';
import { parseSecretKey, secretKeyInFolder, type SecretKeys } from '#libs/secrets';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { closeMilliseconds, createServer, type Server, type ServerOptions } from './create-server';
import { dashboardSite } from './dashboard/dashboard-site';
import { curlLines } from './demo/curl-lines';
import { ensureWorkflows, hasDemo, runDemo } from './demo/run-demo';
import { LocalAgent } from './local-agent';
import { makeFolder } from './make-folder';
import { newTokenCommand, secretSettings } from './new-token-command';
import { readTracingSettings, secretTracingSettings } from '#libs/tracing';
import { paintFor } from '#libs/terminal';
import { Interrupted, Shutdown } from './shutdown';
import { StartError, startErrorOf } from './start-error';
import { signingOf } from './trail-settings';
import { usage } from './usage';

// By default V8 doubles its heap before it collects garbage: the server would hold 100 MiB more, and be a tenth faster.
setFlagsFromString('--heap-growing-percent=40');

const agentToken = 'local-agent';
const demoToken = 'demo';

/** Settings that another process of the same user could read in this process's environment. */
function readableSecrets(config: Config): string[] {
  return [
    ...(config.adminToken === undefined ? [] : ['RUNLEDGER_ADMIN_TOKEN']),
    ...(config.agentToken === undefined ? [] : ['RUNLEDGER_AGENT_TOKEN']),
    ...(config.ownerUrl === undefined ? [] : ['RUNLEDGER_OWNER_URL']),
    ...(config.trailKey === undefined ? [] : ['RUNLEDGER_TRAIL_KEY']),
    ...(config.trailBucket ? ['AWS_SECRET_ACCESS_KEY'] : []),
    ...secretTracingSettings.filter((name) => process.env[name]),
    ...secretSettings(config),
  ];
}

function readableSettings(names: readonly string[]): string {
  return (
    `Tasks of the local agent run as the same user, and can read ${names.join(', ')} in the environment. ` +
    'If tasks are not yours, start with --no-agent, and run an agent as another user.'
  );
}

/**
 * The most milliseconds from a signal to the end: the local agent's 25 s, the server's time, and a moment for the
 * embedded database.
 */
const shutdownMilliseconds = 25_000 + closeMilliseconds + 10_000;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(usage(programVersion()));
  if (args.includes('--version')) return void process.stdout.write(`${programVersion()}\n`);
  const config = parseConfig(process.env, args);
  const dataDir = resolve(config.dataDir);
  // Standard output is only for the token, so that a shell can capture it.
  const out = config.newAdminToken ? process.stderr : process.stdout;
  const say = (text: string): void => void out.write(text + '\n');
  let cutDatabase = (): void => undefined;
  const shutdown = new Shutdown(shutdownMilliseconds, () => cutDatabase(), say);
  const logger = createLogger(config.logLevel, () => shutdown.begin(logger));
  shutdown.watch(logger);
  try {
    await run(config, dataDir, logger, shutdown, say, (cut) => (cutDatabase = cut));
  } catch (error) {
    if (error instanceof Interrupted) return;
    await shutdown.run(logger);
    throw startErrorOf(error, config, dataDir);
  }
  if (config.migrateOnly || config.newAdminToken) process.exit((await shutdown.run(logger)) ? 0 : 1);
}

async function run(
  config: Config,
  dataDir: string,
  logger: Logger,
  shutdown: Shutdown,
  say: (text: string) => void,
  onCut: (cut: () => void) => void,
): Promise<void> {
  const paint = paintFor(process.stdout);
  if (config.databaseUrl === undefined || config.secretKey === undefined) makeFolder(dataDir);
  let embedded: EmbeddedPostgres | null = null;
  if (config.databaseUrl === undefined) {
    say(`Starting PostgreSQL in ${dataDir} …`);
    embedded = await shutdown.hold(
      () => startEmbeddedPostgres({ dataDir, durable: true, log: say }),
      (started) => started.stop(),
    );
    const database = embedded;
    onCut(() => void database.stop());
  }
  const databaseUrl = config.databaseUrl ?? embedded?.serviceUrl ?? '';
  const ownerUrl = config.ownerUrl ?? embedded?.url;
  const onWait = (reason: string): void =>
    say(`Waiting at most ${config.databaseWait} s for the database: ${reason} …`);
  await shutdown.unless(awaitDatabase({ url: ownerUrl ?? databaseUrl, seconds: config.databaseWait, onWait }));
  if (config.migrateOnly) {
    const service = ownerUrl === undefined ? {} : { service: serviceOf(databaseUrl) };
    await shutdown.unless(migrateDatabase(ownerUrl ?? databaseUrl, service));
    say('The database is up to date.');
    return;
  }
  const server = await shutdown.hold(
    () => start({ databaseUrl, ...(ownerUrl !== undefined && { ownerUrl }) }, config, dataDir, logger, say),
    (started) => started.close(),
  );
  if (config.newAdminToken) {
    process.stdout.write(`${server.newAdminToken ?? (await server.tokens.newAdmin())}\n`);
    say('This is a new administrator’s token. Earlier tokens still work: DELETE /api/v2/token/{id} revokes one.');
    return;
  }

  await listen(server.app, config, say);
  const address = server.app.getHttpServer().address() as { port: number };
  const isAny = config.host === '0.0.0.0' || config.host === '::';
  const host = isAny ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  const baseUrl = `http://${host}:${address.port}`;
  say(`${paint('bold', 'Runledger')} listens on ${paint('cyan', baseUrl)} (API: ${baseUrl}/api/docs)`);
  if (server.newAdminToken !== null) {
    say(`\nAdministrator's token, shown this once: ${paint('bold', server.newAdminToken)}`);
    say(paint('dim', `Another one, later: ${newTokenCommand(config)}`));
  }
  /** The server's own token, which it revokes at the end. If the database is away then, the next start revokes it. */
  const systemToken = async (name: string, permissions: readonly string[]): Promise<string> => {
    // Revokes tokens of earlier starts; another running server with the same folder keeps its own.
    if (!embedded?.isShared) await whenFree(() => server.tokens.revokeNamed(name));
    const issued = await shutdown.hold(
      () => whenFree(() => server.tokens.issue(name, permissions)),
      ({ release }) => Promise.race([release().catch(() => undefined), sleep(3000)]),
    );
    return issued.text;
  };
  if (config.agent) {
    const readable = readableSecrets(config);
    if (readable.length > 0) say(readableSettings(readable));
    const token = await systemToken(`${agentToken}-${placeOf(dataDir)}`, ['taskrun/action']);
    const workDir = resolve(dataDir, 'agent');
    const options = { url: baseUrl, token, workDir, logLevel: config.logLevel };
    await shutdown.hold(
      () => Promise.resolve(new LocalAgent(options)),
      (agent) => agent.stop(),
    );
  }
  if (config.demo && config.agent) {
    const shown = server.newAdminToken ?? (config.adminToken === undefined ? null : '$RUNLEDGER_ADMIN_TOKEN');
    const lines =
      shown === null
        ? curlLines(baseUrl, `$(${newTokenCommand(config)})`, secretSettings(config))
        : curlLines(baseUrl, shown);
    const token = await systemToken(`${demoToken}-${placeOf(dataDir)}`, [
      'taskrun/**',
      'workflowrun/**',
      'workflow/**',
      'team/**',
    ]);
    await shutdown.unless(demonstrate(baseUrl, token, lines, say));
  }
  say(`\n${paint('green', 'Ready.')} Ctrl-C ends it.`);
}

/** Distinguishes the data folders of servers that share a database. */
function placeOf(dataDir: string): string {
  return createHash('sha256').update(`${hostname()} ${dataDir}`).digest('hex').slice(0, 8);
}

/** What names this server in the ledger: kept in the data folder, so that it outlives a move; without one, it comes from the machine and the path. */
function serverIdIn(dataDir: string): string {
  const file = join(dataDir, 'server-id');
  try {
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(4).toString('hex')}\n`, { flag: 'wx' });
    const id = readFileSync(file, 'utf8').trim();
    return /^[\w.-]{1,32}$/.test(id) ? id : placeOf(dataDir);
  } catch {
    return placeOf(dataDir);
  }
}

/** Retries, for a minute at most, while the database is away or busy: timers may have come due while no server ran. */
async function whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isBusy = isConnectionLoss(error) || isPassingFault(error) || isRefusedForNow(error);
      if (!isBusy || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

function isRefusedForNow(error: unknown): boolean {
  return error instanceof RefusedError && error.reason === 'SERVICE_UNAVAILABLE';
}

/** Starts the server on its database. */
async function start(
  database: Pick<ServerOptions, 'databaseUrl' | 'ownerUrl'>,
  config: Config,
  dataDir: string,
  logger: Logger,
  say: (text: string) => void,
): Promise<Server> {
  const isWorker = !config.newAdminToken && config.roles.includes('worker');
  const { settings: tracing, problems } = readTracingSettings(process.env, {
    name: 'runledger',
    version: programVersion(),
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const signing = isWorker ? signingOf(config, dataDir, say) : null;
  return createServer({
    ...database,
    leaseSeconds: config.leaseSeconds,
    readWithin: config.readSeconds * 1000,
    serverId: serverIdIn(dataDir),
    tracing,
    trustedProxies: config.trustedProxies,
    // A process that only creates a token does no other work.
    roles: config.newAdminToken ? [] : config.roles,
    ...(config.adminToken !== undefined && { adminToken: config.adminToken }),
    ...(config.agentToken !== undefined && { agentToken: config.agentToken }),
    secretKeys: secretKeysOf(config, dataDir, say),
    trail: signing ? { signing } : {},
    ...(isWorker && archiveOf(config)),
    site: dashboardSite(join(programFolder(), 'dist/apps/dashboard/site')),
    logger,
  });
}

/** Where finished runs go; nowhere without a folder that stays. */
function archiveOf({ archiveFolder, retention }: Config): Pick<ServerOptions, 'archive'> {
  return archiveFolder === undefined ? {} : { archive: { folder: resolve(archiveFolder), retention } };
}

/** The configured key, else the one in the data folder, which the first start creates. */
function secretKeysOf(config: Config, dataDir: string, say: (text: string) => void): SecretKeys {
  const previous = config.previousSecretKeys.flatMap((text) => parseSecretKey(text) ?? []);
  const given = config.secretKey === undefined ? null : parseSecretKey(config.secretKey);
  if (given) return { current: given, previous };
  const { key, isNew, file } = ownKey(dataDir);
  if (isNew) say(`Passwords are sealed with the new key in ${file}: keep a copy of it away from the database.`);
  return { current: key, previous };
}

function ownKey(dataDir: string): ReturnType<typeof secretKeyInFolder> {
  try {
    return secretKeyInFolder(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new ConfigError([`RUNLEDGER_SECRET_KEY is not set, and ${(error as Error).message}`]);
  }
}

/** A requested port must be free; the default port is replaced by a free one. */
async function listen(
  app: NestFastifyApplication,
  { port, portIsDefault, host }: Config,
  say: (text: string) => void,
): Promise<void> {
  const isTaken = portIsDefault && (await isListening(port, host));
  if (isTaken) say(`Port ${port} is in use; using a free one (PORT sets it).`);
  // Uses Fastify's own method: Nest would log the error as well as throw it.
  await app
    .getHttpAdapter()
    .getInstance()
    .listen({ port: isTaken ? 0 : port, host });
}

function isListening(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createNetServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => resolve(false)));
  });
}

/** Shows the demo on the first start; later, how to run it again. */
async function demonstrate(baseUrl: string, token: string, lines: string, say: (text: string) => void): Promise<void> {
  const options = { baseUrl, token, out: process.stdout };
  try {
    if (await hasDemo(options)) await ensureWorkflows(options);
    else await runDemo(options);
  } catch (error) {
    say(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  say(`\nThe contract's routes, to paste into a shell:\n\n${lines}`);
}

main().catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof StartError;
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  process.exit(1);
});
