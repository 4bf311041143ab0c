import 'reflect-metadata';
import { guardRequests, SystemTokens } from '#libs/access';
import { AgentsWorker, Dispatcher } from '#libs/agents';
import { ConfigError, type Role } from '#libs/config';
import {
  advisoryLocks,
  createDataSource,
  createPool,
  ensurePartitions,
  migrate,
  withAdvisoryLock,
} from '#libs/database';
import {
  configureApp,
  createFastifyAdapter,
  createOpenApi,
  type FaultListener,
  serveOpenApi,
  watchIdleConnections,
} from '#libs/http';
import { CommandProcessor, Timers, WakeUps } from '#libs/ledger';
import { type Logger, logRequests, NestLogger, Readiness } from '#libs/observability';
import { RunsWorker } from '#libs/runs';
import { SecretBox, type SecretKeys } from '#libs/secrets';
import { TriggersWorker } from '#libs/triggers';
import { NestFactory } from '@nestjs/core';
import type { Pool } from 'pg';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openApiSchemas } from './schemas';
import { ServerModule } from './server.module';

export interface ServerOptions {
  readonly databaseUrl: string;
  readonly leaseSeconds: number;
  readonly roles: readonly Role[];
  readonly adminToken?: string;
  /** What passwords are sealed with. */
  readonly secretKeys: SecretKeys;
  readonly logger: Logger;
}

export interface Server {
  readonly app: NestFastifyApplication;
  readonly tokens: SystemTokens;
  readonly processor: CommandProcessor;
  /** The administrator's token, where this start has made it. */
  readonly newAdminToken: string | null;
  /** Takes no more requests, finishes those that it has, and lets go of everything. */
  close(): Promise<void>;
}

const day = 86_400_000;

/**
 * Remembers which keys texts were sealed with, and refuses to start where one of them is missing: such a server could not open what
 * others have sealed. What is in the ledger is never sealed anew, so a key that was used once stays needed.
 */
async function checkSecretKey(pool: Pool, box: SecretBox): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from secret_key');
  const missing = rows.filter(({ id }) => !box.knows(id)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new ConfigError([
      `RUNLEDGER_SECRET_KEY is not the key that this database's secrets are sealed with (${missing.join(', ')}): set that one, ` +
        'or give it in RUNLEDGER_SECRET_KEY_PREVIOUS',
    ]);
  }
  await pool.query('insert into secret_key (id) values ($1) on conflict do nothing', [box.keyId]);
}

/** Puts the program together on a database: migrates it, wires the rooms, starts what the roles ask for. Does not listen. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { databaseUrl, logger, roles } = options;
  const dataSource = await createDataSource({ url: databaseUrl }).initialize();
  const pool = createPool({ url: databaseUrl });
  const wakeUps = new WakeUps(pool, databaseUrl);
  const timers = new Timers(pool, (error, timer) =>
    logger.warn({ err: error, ...(timer && { timer }) }, 'a timer could not be fired; it is tried again'),
  );
  const secretBox = new SecretBox(options.secretKeys);
  const processor = new CommandProcessor(pool, {
    onCommit: (position, views) => {
      wakeUps.committed(position);
      timers.noticed(views);
    },
    onFailure: ({ error, commands, connectionLost }) =>
      logger.warn({ err: error, commands, connectionLost }, 'a batch of commands was not committed as a whole'),
  });
  try {
    await migrate(dataSource);
    await withAdvisoryLock(dataSource, advisoryLocks.secretKey, () => checkSecretKey(pool, secretBox));
    await wakeUps.listen();
    const onFault: FaultListener = (error, request) =>
      logger.error(
        { err: error, requestId: request.id, method: request.method, path: request.url.split('?', 1)[0] },
        'fault',
      );
    const adapter = createFastifyAdapter(onFault);
    const module = ServerModule.with({ pool, processor, wakeUps, leaseSeconds: options.leaseSeconds, secretBox });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    });
    configureApp(app, onFault);
    guardRequests(app);
    logRequests(app, logger);
    serveOpenApi(app, createOpenApi(app, openApiSchemas));
    await app.init();
    const connections = watchIdleConnections(app.getHttpServer());
    const tokens = app.get(SystemTokens);
    const newAdminToken = await withAdvisoryLock(dataSource, advisoryLocks.adminToken, () =>
      tokens.ensureAdmin(options.adminToken),
    );
    const isWorker = roles.includes('worker');
    const agents = app.get(AgentsWorker);
    if (isWorker) {
      app.get(RunsWorker).register(timers);
      app.get(TriggersWorker).register(timers);
      timers.start();
      agents.start((error) => logger.warn({ err: error }, 'background work failed; it goes on'));
    }
    const partitions = setInterval(() => {
      ensurePartitions(dataSource, Date.now()).catch((error: unknown) =>
        logger.error({ err: error }, 'partitions could not be made ahead'),
      );
    }, day);
    partitions.unref();
    const readiness = app.get(Readiness);
    readiness.isReady = true;
    const close = async (): Promise<void> => {
      readiness.isReady = false;
      clearInterval(partitions);
      app.get(Dispatcher).close();
      await Promise.all([timers.stop(), agents.stop()]);
      const stopSweeping = connections.closeFrom();
      await app.close();
      stopSweeping();
      await processor.close();
      await wakeUps.close();
      await pool.end();
      await dataSource.destroy();
    };
    return { app, tokens, processor, newAdminToken, close };
  } catch (error) {
    await wakeUps.close();
    await pool.end();
    await dataSource.destroy();
    throw error;
  }
}
