import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Components = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** JSON Schema of each named schema; references between them point to the components. */
export function componentsOf(schemas: Readonly<Record<string, z.ZodType>>): Components {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    unrepresentable: 'any',
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => nameIntegerFormat(jsonSchema),
  });
  // Zod keeps shared schemas in a form that OpenAPI does not know: each becomes a component.
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

interface NumberSchema {
  type?: unknown;
  format?: unknown;
  minimum?: unknown;
  maximum?: unknown;
}

const leastInt32 = -2_147_483_648;
const largestInt32 = 2_147_483_647;

/** The contract names the size of its integers. Zod's bounds for these sizes tell a reader nothing more. */
function nameIntegerFormat(schema: NumberSchema): void {
  if (schema.type !== 'integer') return;
  const isSmall = typeof schema.maximum === 'number' && schema.maximum <= largestInt32;
  schema.format ??= isSmall ? 'int32' : 'int64';
  if (schema.minimum === Number.MIN_SAFE_INTEGER || schema.minimum === leastInt32) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER || schema.maximum === largestInt32) delete schema.maximum;
}
