import 'reflect-metadata';
import { guardRequests, SystemTokens } from '#libs/access';
import { AgentsWorker, Dispatcher, queueTopics } from '#libs/agents';
import { type ArchiveOptions, ArchiveWorker } from '#libs/archive';
import { AuditWorker, recordRefusals } from '#libs/audit';
import { BulkWorker } from '#libs/bulk';
import { ConfigError, programVersion, type Role } from '#libs/config';
import { RecordNewOrigin, serverReach } from '#libs/contracts';
import {
  advisoryLocks,
  Connections,
  createDataSource,
  createPool,
  databaseLimits,
  ensurePartitions,
  isConnectionLoss,
  migrate,
  migrateDatabase,
  roleWarning,
  serviceOf,
  withAdvisoryLock,
} from '#libs/database';
import {
  configureApp,
  createFastifyAdapter,
  createOpenApi,
  type FaultListener,
  refuseUnknownParameters,
  serveOpenApi,
  watchIdleConnections,
} from '#libs/http';
import { databaseAway } from '#libs/kernel';
import { LocksWorker } from '#libs/locks';
import { checkHead, CommandProcessor, ReceiptSweeper, Timers, type ViewUpdate, WakeUps } from '#libs/ledger';
import { KeyShredder } from '#libs/erasure';
import { type Logger, logRequests, Metrics, NestLogger, Readiness } from '#libs/observability';
import { PersonalValues } from '#libs/personal';
import { counterSweepers, LabelCounter, LiveRuns, RunsWorker, TraceExport, ViewFollowers } from '#libs/runs';
import { maskSealedIn, SecretBox, type SecretKeys } from '#libs/secrets';
import { type SigningOptions, TransparencyWorker } from '#libs/transparency';
import { CollectorAway, openServerTracing, Tracing, type TracingSettings } from '#libs/tracing';
import { TriggersWorker } from '#libs/triggers';
import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Pool } from 'pg';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { type DashboardSite, serveAssets } from './dashboard/dashboard-site';
import { openAnswers } from './open-answers';
import { answerFromReceipts } from './receipts-on-bus';
import { addFigures, addTraceFigures } from './metrics';
import { openApiSchemas } from './schemas';
import { ServerModule } from './server.module';

export interface ServerOptions {
  readonly databaseUrl: string;
  /** The same database as its owner, who updates the schema; absent: the role of `databaseUrl` does, if it may. */
  readonly ownerUrl?: string;
  readonly leaseSeconds: number;
  /** Milliseconds that a statement of a request may take; absent: `databaseLimits.read`. */
  readonly readWithin?: number;
  /** Names this server in the metadata of events. */
  readonly serverId?: string;
  readonly roles: readonly Role[];
  readonly trustedProxies?: readonly string[];
  readonly adminToken?: string;
  /** For agents of every team. */
  readonly agentToken?: string;
  /** The keys that seal passwords. */
  readonly secretKeys: SecretKeys;
  /** Present: a worker builds the transparency log, and signs it if it has a key. */
  readonly trail?: { readonly signing?: SigningOptions };
  /** Present: a worker archives finished runs that are old enough. */
  readonly archive?: ArchiveOptions;
  /** Present: traces are on. */
  readonly tracing?: TracingSettings | null;
  /** The folder of the built dashboard; absent or null: the server serves none. */
  readonly site?: DashboardSite;
  readonly logger: Logger;
}

export interface Server {
  readonly app: NestFastifyApplication;
  readonly tokens: SystemTokens;
  readonly processor: CommandProcessor;
  /** The administrator's token, if this start has created it. */
  readonly newAdminToken: string | null;
  /**
   * Accepts no more requests, finishes open ones, and releases everything. Whatever the database does, it takes only a
   * little longer than `closeMilliseconds`: then it cuts the remaining connections.
   */
  close(): Promise<void>;
}

const day = 86_400_000;

/** Milliseconds that open requests and commands get at a shutdown. */
export const closeMilliseconds = 15_000;

/**
 * Records which keys have sealed texts, and refuses to start if one of them is missing: such a server could not open
 * what others have sealed. The ledger is never sealed again, so a key stays needed once it was used.
 */
async function checkSecretKey(pool: Pool, box: SecretBox): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from secret_key');
  const missing = rows.filter(({ id }) => !box.knows(id)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new ConfigError([
      `RUNLEDGER_SECRET_KEY is not the key that sealed this database's secrets (${missing.join(', ')}): set that key, ` +
        'or add it to RUNLEDGER_SECRET_KEY_PREVIOUS',
    ]);
  }
  await pool.query('insert into secret_key (id) values ($1) on conflict do nothing', [box.keyId]);
}

/**
 * Answers at once if the database has been away for more than a second: no new request, including long polls, waits in
 * vain. Open requests go on when it is back.
 */
function refuseWhileAway(app: NestFastifyApplication, connections: Connections): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, _reply, done) => {
    const isOurs = /^\/api\/v\d+\//.test(request.url);
    if (isOurs && connections.awayFor > 1000) done(databaseAway());
    else done();
  });
}

/** The ledger says that its log goes on under another origin, before that one's first checkpoint holds it. */
async function recordNewOrigin(app: NestFastifyApplication, signing: SigningOptions): Promise<void> {
  const former = await app.get(TransparencyWorker).formerLog(signing);
  if (!former) return;
  await app
    .get(CommandBus)
    .execute(new RecordNewOrigin(serverReach, former, signing.key.verifier.name, signing.reason));
}

/** What a commit has put into the queue of agents. */
function topicsOf(views: readonly ViewUpdate[]): ReadonlySet<string> {
  const states = views.flatMap(({ sqlFunction, rows }) =>
    sqlFunction === 'agent_queue_apply' ? rows.map((row) => (row as { readonly state: string | null }).state) : [],
  );
  return new Set(Object.values(queueTopics).filter((topic) => states.includes(topic)));
}

/** Builds the program on a database: migrates it, connects the rooms, starts the work of the roles. Does not listen. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { databaseUrl, logger, roles } = options;
  if (options.ownerUrl !== undefined) await migrateDatabase(options.ownerUrl, { service: serviceOf(databaseUrl) });
  const connections = new Connections(databaseUrl, {
    onLoss: (error) => logger.error({ reason: String(error) }, 'the database is away, or accepts no writes'),
    onReturn: (milliseconds) => logger.info({ milliseconds }, 'the database is back'),
  });
  // One line reports a loss; its consequences are not news.
  const trouble = (error: unknown, fields: object, message: string): void => {
    connections.lost(error);
    logger[isConnectionLoss(error) ? 'debug' : 'warn']({ err: error, ...fields }, message);
  };
  const dataSource = await createDataSource({ url: databaseUrl, connections })
    .initialize()
    .catch((error: unknown) => {
      connections.close();
      throw error;
    });
  const pool = createPool({ url: databaseUrl, connections, readWithin: options.readWithin ?? databaseLimits.read });
  const background = createPool({
    url: databaseUrl,
    connections,
    applicationName: 'runledger-background',
    poolSize: 6,
  });
  // Slow reads cannot keep an append waiting for a connection.
  const applicationName = 'runledger-writer';
  const writer = createPool({ url: databaseUrl, connections, applicationName, poolSize: 1, byKey: true });
  const wakeUps = new WakeUps(background, databaseUrl, { connections });
  const timers = new Timers(background, (error, timer) =>
    trouble(error, timer ? { timer } : {}, 'a timer failed; it will be retried'),
  );
  const secretBox = new SecretBox(options.secretKeys);
  const personal = new PersonalValues(pool);
  // What it is given holds nothing secret.
  const news = logger.child({}, { redact: [] });
  const metrics = new Metrics();
  const traces = options.tracing
    ? await openServerTracing(options.tracing, {
        onAway: (reason) => logger.warn({ reason }, 'the collector takes no spans; they are sent when it does'),
        onBack: () => logger.info('the collector takes spans again'),
        onDropped: (spans, reason) => logger.warn({ spans, reason }, 'the collector has refused spans for good'),
      })
    : null;
  const processor = new CommandProcessor(background, {
    figures: metrics,
    ...(options.serverId !== undefined && { server: `${options.serverId}/${programVersion()}` }),
    writer,
    maskReason: (reason, known) => maskSealedIn(reason, known, secretBox),
    onCommit: (position, views) => {
      wakeUps.committed(position, topicsOf(views));
      timers.noticed(views);
    },
    onNews: ({ message, fields }, { requestId, actor }) =>
      news.info({ ...fields, ...(requestId !== undefined && { requestId }), actor }, message),
    onFailure: ({ error, commands }) =>
      trouble(error, { commands }, 'a batch of commands was not committed as a whole'),
  });
  try {
    await migrate(dataSource);
    const warning = await roleWarning(dataSource);
    if (warning !== null) logger.warn(warning);
    await checkHead(pool);
    await withAdvisoryLock(dataSource, advisoryLocks.secretKey, () => checkSecretKey(pool, secretBox));
    await wakeUps.listen();
    const onFault: FaultListener = (error, request) =>
      logger.error(
        { err: error, requestId: request.id, method: request.method, path: request.url.split('?', 1)[0] },
        'fault',
      );
    const adapter = createFastifyAdapter(onFault, options.trustedProxies);
    const { leaseSeconds, site = null } = options;
    const tracing = traces?.tracing ?? Tracing.off;
    const module = ServerModule.with({
      pool,
      background,
      processor,
      wakeUps,
      leaseSeconds,
      secretBox,
      personal,
      metrics,
      tracing,
      site,
    });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    });
    const rules = configureApp(app, onFault);
    logRequests(app, logger);
    refuseWhileAway(app, connections);
    guardRequests(app, (request) => rules.operationOf(request));
    recordRefusals(app);
    openAnswers(app, personal);
    const document = createOpenApi(app, openApiSchemas, programVersion());
    rules.learn(document);
    refuseUnknownParameters(app, rules);
    serveOpenApi(app, document);
    serveAssets(app, site);
    await app.init();
    answerFromReceipts(app.get(CommandBus), processor);
    // A restored database may have keys again that were thrown away.
    await app.get(KeyShredder).shred();
    const clients = watchIdleConnections(app.getHttpServer());
    const tokens = app.get(SystemTokens);
    const newAdminToken = await withAdvisoryLock(dataSource, advisoryLocks.adminToken, async () => {
      const made = await tokens.ensureAdmin(options.adminToken);
      if (options.agentToken !== undefined) await tokens.ensureAgents(options.agentToken);
      return made;
    });
    const isWorker = roles.includes('worker');
    const live = app.get(LiveRuns);
    addFigures(metrics, { pool, background, writer, processor, live, queries: app.get(QueryBus) });
    live.onError = (error) => trouble(error, {}, 'event streams are behind; they continue');
    const spans = app.get(TraceExport);
    if (traces) addTraceFigures(metrics, traces.sender, spans);
    const agents = app.get(AgentsWorker);
    const trail = app.get(TransparencyWorker);
    const archives = app.get(ArchiveWorker);
    const labels = app.get(LabelCounter);
    const views = app.get(ViewFollowers);
    const onSweepError = (error: unknown): void =>
      trouble(error, {}, 'receipts or counters could not be removed; they are tried again');
    const sweepers = [new ReceiptSweeper(background, onSweepError), ...counterSweepers(background, onSweepError)];
    if (isWorker) {
      app.get(RunsWorker).register(timers);
      app.get(LocksWorker).register(timers);
      app.get(TriggersWorker).register(timers);
      app.get(BulkWorker).register(timers);
      timers.start();
      views.start((error) => trouble(error, {}, 'insights or the search are behind; they continue'));
      for (const sweeper of sweepers) sweeper.start();
      labels.start((error) => trouble(error, {}, 'labels could not be counted; trying again in some seconds'));
      if (options.trail) {
        const onAlarm = (part: string, alarm: string): void => logger.error({ part, alarm }, 'alarm: the trail');
        const onError = (error: unknown): void => trouble(error, {}, 'the trail is behind; it is tried again');
        const { signing } = options.trail;
        if (signing) await recordNewOrigin(app, signing);
        trail.start({ onAlarm, onError }, signing);
      }
      if (options.archive) {
        archives.start(options.archive, (error) => trouble(error, {}, 'runs could not be archived; it is tried again'));
      }
      if (traces)
        await spans.start(traces.sender, (error) => {
          if (!(error instanceof CollectorAway)) trouble(error, {}, 'traces are behind; they continue');
        });
      agents.start((error) => trouble(error, {}, 'background work failed; it continues'));
    }
    const audit = app.get(AuditWorker);
    audit.start(isWorker, (error) => trouble(error, {}, 'the audit trail is behind; it continues'));
    const partitions = setInterval(() => {
      ensurePartitions(dataSource, Date.now()).catch((error: unknown) =>
        trouble(error, {}, 'partitions could not be created ahead; trying again tomorrow'),
      );
    }, day);
    partitions.unref();
    const readiness = app.get(Readiness);
    readiness.isReady = true;
    const close = async (): Promise<void> => {
      readiness.isReady = false;
      clearInterval(partitions);
      app.get(Dispatcher).close();
      live.end();
      const late = setTimeout(() => {
        logger.warn('the shutdown dropped open requests or commands: the database did not answer in time');
        connections.cutAll('The server is shutting down.');
        app.getHttpServer().closeAllConnections();
      }, closeMilliseconds);
      traces?.sender.close();
      const stopSweeping = clients.closeFrom();
      await Promise.all([
        live.stop(),
        timers.stop(),
        ...sweepers.map((sweeper) => sweeper.stop()),
        labels.stop(),
        agents.stop(),
        trail.stop(),
        archives.stop(),
        views.stop(),
        spans.stop(),
        app.close(),
      ]);
      stopSweeping();
      metrics.close();
      await audit.stop();
      await processor.close();
      clearTimeout(late);
      await letGo(connections, wakeUps, [pool, background, writer], dataSource);
    };
    return { app, tokens, processor, newAdminToken, close };
  } catch (error) {
    await letGo(connections, wakeUps, [pool, background, writer], dataSource);
    throw error;
  }
}

async function letGo(
  connections: Connections,
  wakeUps: WakeUps,
  pools: readonly Pool[],
  dataSource: DataSource,
): Promise<void> {
  await wakeUps.close();
  const late = setTimeout(() => connections.cutAll('The server is shutting down.'), 2000);
  await Promise.all([...pools.map((pool) => pool.end()), dataSource.destroy()]);
  clearTimeout(late);
  connections.cutAll('The server is shutting down.');
}
