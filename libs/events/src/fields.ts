import { activities, type Json, type JsonObject, type Labels } from '#libs/kernel';
import { z } from 'zod';

/** Types that the document describes once, by name. A schema that is derived with `describe` keeps the name. */
export const typeNames = z.registry<{ readonly name: string; readonly summary?: string }>();

/** A schema that the document describes under a name of its own. */
export function named<Schema extends z.ZodType>(name: string, schema: Schema, summary?: string): Schema {
  typeNames.add(schema, { name, ...(summary !== undefined && { summary }) });
  return schema;
}

/** Any JSON value. */
export const json = z.custom<Json>((value) => value !== undefined);
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);
export const labels: z.ZodType<Labels> = z.record(z.string(), z.string());

export const milliseconds = z.number();
/** When the command was decided. */
export const at = milliseconds.describe('when, in milliseconds since the epoch');
export const activity = z.enum(activities);
