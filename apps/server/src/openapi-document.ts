import 'reflect-metadata';
import { programVersion } from '#libs/config';
import { createFastifyAdapter, createOpenApi } from '#libs/http';
import { CommandProcessor, WakeUps } from '#libs/ledger';
import { PersonalValues } from '#libs/personal';
import { Metrics } from '#libs/observability';
import { SecretBox } from '#libs/secrets';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Tracing } from '#libs/tracing';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Pool } from 'pg';
import { openApiSchemas } from './schemas';
import { ServerModule } from './server.module';

/** Builds the OpenAPI document of this version, without connecting to a database. */
export async function openApiDocument(): Promise<OpenAPIObject> {
  const pool = new Pool();
  const module = ServerModule.with({
    pool,
    background: pool,
    processor: new CommandProcessor(pool),
    wakeUps: new WakeUps(pool, ''),
    leaseSeconds: 60,
    secretBox: new SecretBox({ current: Buffer.alloc(32) }),
    personal: new PersonalValues(pool),
    site: null,
    metrics: new Metrics(),
    tracing: Tracing.off,
  });
  const adapter = createFastifyAdapter(() => undefined);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false, bodyParser: false });
  return createOpenApi(app, openApiSchemas, programVersion());
}
