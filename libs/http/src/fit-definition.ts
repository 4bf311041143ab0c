import { taskSchema, tektonTaskSchema, workflowCanvasSchema, workflowSchema } from '#libs/contracts';
import type { z } from 'zod';

type Members = Record<string | number, unknown>;

/**
 * In YAML, the spelling decides the type of a scalar; in a definition, the field does. A number or boolean in a text
 * field becomes that text (`PORT: 8080`), a numeric text in a number field becomes that number (`timeout: 010`), and a
 * default follows the type of its param. Changes the body in place; the route checks everything else.
 */
export function fitDefinition(body: unknown): void {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return;
  const checked = schemaOf(body).safeParse(body);
  for (const { code, path, ...issue } of checked.error?.issues ?? []) {
    if (code === 'invalid_type' && 'expected' in issue) fit(body as Members, path, String(issue.expected));
  }
  for (const params of paramsOf(body)) for (const param of params) fitDefault(param);
}

/** The form of a definition, by its fields. */
function schemaOf(body: object): z.ZodType {
  if ('apiVersion' in body || 'kind' in body) return tektonTaskSchema;
  if ('nodes' in body || 'edges' in body || 'config' in body) return workflowCanvasSchema;
  return 'tasks' in body || 'triggers' in body ? workflowSchema : taskSchema;
}

function fit(body: Members, path: readonly PropertyKey[], expected: string): void {
  const keys = path.filter((key) => typeof key !== 'symbol');
  const last = keys.pop();
  let holder: unknown = body;
  for (const key of keys) holder = membersOf(holder)?.[key];
  const members = membersOf(holder);
  if (last === undefined || !members) return;
  const value = members[last];
  if (expected === 'string') members[last] = textOf(value);
  else if (expected === 'number' || expected === 'int') members[last] = numberOf(value);
}

function membersOf(value: unknown): Members | null {
  return value !== null && typeof value === 'object' ? (value as Members) : null;
}

function textOf(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function numberOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[-+]?(?:\d|\.\d|0x|0o)/.test(value)) return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

function paramsOf(body: object): Members[][] {
  const { params, config, spec } = body as { params?: unknown; config?: unknown; spec?: unknown };
  return [params, config, membersOf(spec)?.['params']].map((list) =>
    Array.isArray(list) ? list.map(membersOf).filter((each) => each !== null) : [],
  );
}

/** Types with values that are no texts; those of a list of options are texts. */
const otherTypes: ReadonlySet<unknown> = new Set(['number', 'boolean', 'json', 'array', 'object', 'multiselect']);

function fitDefault(param: Members): void {
  for (const field of ['default', 'value', 'defaultValue']) {
    if (param['type'] === 'number') param[field] = numberOf(param[field]);
    else if (!otherTypes.has(param['type'])) param[field] = textOf(param[field]);
    if (param[field] === undefined) Reflect.deleteProperty(param, field);
  }
}
