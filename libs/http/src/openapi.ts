import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { z } from 'zod';
import { completeOperations } from './openapi-operations';
import { componentsOf } from './openapi-schemas';
import { orderByTags, tags } from './openapi-tags';

/** Describes both headers. */
const tokenForm =
  'A token, as the server returned it: `bfg_`, `bft_`, `bfw_`, `bfu_` or `bfs_` and a UUID. It is not a JWT.';

/**
 * The document of all routes; its schemas come from the Zod schemas that also check the bodies.
 * @param version the package's.
 */
export function createOpenApi(
  app: NestFastifyApplication,
  schemas: Readonly<Record<string, z.ZodType>>,
  version: string,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Runledger')
    .setDescription(
      'The Boomerang Flow v4 Workflow Runs API on an append-only ledger. Unknown parameters and fields are refused. ' +
        'Every error has the body `Error`, and every answer the header `X-Request-Id`.',
    )
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This server')
    .addSecurity('BearerAuth', { type: 'http', scheme: 'bearer', description: tokenForm })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-access-token', description: tokenForm }, 'x-access-token')
    .addSecurityRequirements('BearerAuth')
    .addSecurityRequirements('x-access-token')
    .build();
  const document = SwaggerModule.createDocument(app, { ...config, tags: [...tags] });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, ...componentsOf(schemas) };
  document.paths = orderByTags(document.paths);
  completeOperations(document);
  return document;
}

export function serveOpenApi(app: NestFastifyApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/openapi.json',
    customSiteTitle: `Runledger ${document.info.version}`,
  });
}
