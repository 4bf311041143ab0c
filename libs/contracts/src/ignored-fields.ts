import { z } from 'zod';

/** Fields of bodies that are taken and not looked at: the reference's own client sends them, or they come back from an answer. */
const ignoredFields = z.registry<{ readonly names: readonly string[] }>();

/** To be called last: what is derived from a schema has no such fields. `docs/api.md` lists them. */
export function ignoring<Schema extends z.ZodType>(schema: Schema, ...names: readonly string[]): Schema {
  ignoredFields.add(schema, { names });
  return schema;
}

export function isIgnored(schema: z.core.$ZodType, name: string): boolean {
  return ignoredFields.get(schema)?.names.includes(name) ?? false;
}
