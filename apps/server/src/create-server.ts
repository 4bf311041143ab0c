import 'reflect-metadata';
import { SystemTokens } from '#libs/access';
import { AgentsWorker, Dispatcher } from '#libs/agents';
import type { Role } from '#libs/config';
import {
  advisoryLocks,
  createDataSource,
  createPool,
  ensurePartitions,
  migrate,
  withAdvisoryLock,
} from '#libs/database';
import { configureApp, createFastifyAdapter, createOpenApi, type FaultListener, serveOpenApi } from '#libs/http';
import { CommandProcessor, WakeUps } from '#libs/ledger';
import { type Logger, logRequests, NestLogger, Readiness } from '#libs/observability';
import { RunsWorker } from '#libs/runs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openApiSchemas } from './schemas';
import { ServerModule } from './server.module';

export interface ServerOptions {
  readonly databaseUrl: string;
  readonly leaseSeconds: number;
  readonly roles: readonly Role[];
  readonly adminToken?: string;
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

/** Puts the program together on a database: migrates it, wires the rooms, starts what the roles ask for. Does not listen. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { databaseUrl, logger, roles } = options;
  const dataSource = await createDataSource({ url: databaseUrl }).initialize();
  const pool = createPool({ url: databaseUrl });
  const wakeUps = new WakeUps(pool, databaseUrl);
  const processor = new CommandProcessor(pool, {
    onCommit: (position) => wakeUps.committed(position),
    onFailure: ({ error, commands, connectionLost }) =>
      logger.warn({ err: error, commands, connectionLost }, 'a batch of commands was not committed as a whole'),
  });
  try {
    await migrate(dataSource);
    await wakeUps.listen();
    const onFault: FaultListener = (error, request) =>
      logger.error(
        { err: error, requestId: request.id, method: request.method, path: request.url.split('?', 1)[0] },
        'fault',
      );
    const adapter = createFastifyAdapter(onFault);
    const module = ServerModule.with({ pool, processor, wakeUps, leaseSeconds: options.leaseSeconds });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    });
    configureApp(app, onFault);
    logRequests(app, logger);
    serveOpenApi(app, createOpenApi(app, openApiSchemas));
    await app.init();
    const tokens = app.get(SystemTokens);
    const newAdminToken = await withAdvisoryLock(dataSource, advisoryLocks.adminToken, () =>
      tokens.ensureAdmin(options.adminToken),
    );
    const workers = roles.includes('worker') ? [app.get(RunsWorker), app.get(AgentsWorker)] : [];
    for (const worker of workers)
      worker.start((error) => logger.warn({ err: error }, 'background work failed; it goes on'));
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
      await Promise.all(workers.map((worker) => worker.stop()));
      await app.close();
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
