import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

/** The document of all routes; schemas are made from the Zod schemas that also check the bodies. */
export function createOpenApi(
  app: NestFastifyApplication,
  schemas: Readonly<Record<string, z.ZodType>>,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Runledger')
    .setDescription('The Boomerang Flow v4 Workflow Runs API on an append-only ledger.')
    .setVersion('4.0.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'BearerAuth')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-access-token' }, 'x-access-token')
    .addSecurityRequirements('x-access-token')
    .addSecurityRequirements('BearerAuth')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, ...componentsOf(schemas) };
  return document;
}

export function serveOpenApi(app: NestFastifyApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('api/docs', app, document, { jsonDocumentUrl: 'api/openapi.json' });
}

type Components = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** JSON Schema of each named schema; references among them point into the components. */
function componentsOf(schemas: Readonly<Record<string, z.ZodType>>): Components {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    target: 'openapi-3.0',
    unrepresentable: 'any',
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  // What several of them share, Zod keeps apart in a form that OpenAPI does not know: each becomes a component of its own.
  const { __shared: shared, ...named } = JSON.parse(
    JSON.stringify(made).replaceAll(
      /#\/components\/schemas\/__shared#\/(?:definitions|\$defs)\//g,
      '#/components/schemas/',
    ),
  ) as Record<string, Record<string, unknown>>;
  const parts = (shared?.['definitions'] ?? shared?.['$defs'] ?? {}) as Record<string, Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries({ ...parts, ...named }).map(([id, { $id: _id, id: _name, $schema: _schema, ...schema }]) => [
      id,
      schema,
    ]),
  );
}
