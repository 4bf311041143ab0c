import { z } from 'zod';

/**
 * Fields of bodies that the server accepts and ignores: the reference's own client sends them, or they come back from
 * an answer.
 */
const ignoredFields = z.registry<{ readonly names: readonly string[] }>();

/** Call it last: schemas derived from the result do not have these fields. `docs/api.md` lists them. */
export function ignoring<Schema extends z.ZodType>(schema: Schema, ...names: readonly string[]): Schema {
  ignoredFields.add(schema, { names });
  return schema;
}

export function isIgnored(schema: z.core.$ZodType, name: string): boolean {
  return ignoredFields.get(schema)?.names.includes(name) ?? false;
}
