import { isIgnored } from '#libs/contracts';
import type { z } from 'zod';
import { nearestName } from './nearest-name';

/** The most problems in one answer. */
const maxProblems = 50;

/**
 * Unknown fields of a body, one sentence each, with the name that was probably meant. Open schemas (`looseObject`,
 * `record`, any value) accept all fields, and ignored fields are no problem.
 */
export function unknownFields(schema: z.core.$ZodType, body: unknown): string[] {
  const problems: string[] = [];
  find(schema, body, '', problems);
  return problems;
}

function find(schema: z.core.$ZodType, value: unknown, path: string, problems: string[]): void {
  if (typeof value !== 'object' || value === null || problems.length >= maxProblems) return;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      find(def.innerType, value, path, problems);
      return;
    case 'pipe':
      find(def.in, value, path, problems);
      return;
    case 'array':
      if (!Array.isArray(value)) return;
      for (const [index, item] of value.entries()) find(def.element, item, inPath(path, index), problems);
      return;
    case 'record':
      for (const [name, member] of Object.entries(value)) find(def.valueType, member, inPath(path, name), problems);
      return;
    case 'union':
      problems.push(...fewest(def.options.map((option) => inOption(option, value, path))));
      return;
    case 'object':
      if (!Array.isArray(value)) inObject(schema, def, value, path, problems);
      return;
    default:
  }
}

function inObject(
  schema: z.core.$ZodType,
  { shape, catchall }: z.core.$ZodObjectDef,
  value: object,
  path: string,
  problems: string[],
): void {
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (known) find(known, member, inPath(path, name), problems);
    else if (!catchall && !isIgnored(schema, name)) problems.push(unknownField(path, name, Object.keys(shape)));
    if (problems.length >= maxProblems) return;
  }
}

function inOption(option: z.core.$ZodType, value: unknown, path: string): string[] {
  const problems: string[] = [];
  find(option, value, path, problems);
  return problems;
}

/** Of the schemas that a value may have, the one that fits best. */
function fewest(problems: readonly string[][]): string[] {
  return problems.reduce((best, each) => (each.length < best.length ? each : best), problems[0] ?? []);
}

function inPath(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`;
}

function unknownField(path: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const remedy = nearest === undefined ? `The fields here are ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return `${inPath(path, name).slice(0, 200)}: this field is unknown. ${remedy}`;
}
