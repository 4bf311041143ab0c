import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { definitionBodyLimit, definitionMaxValues, usualBodyLimit, usualMaxValues } from './bounds';

/** What a body may be: JSON; YAML, which is read to the same values; UTF-8 text; or bytes as they are. */
export type BodyKind = 'json' | 'yaml' | 'text' | 'bytes';

export interface BodyRule {
  /** Bytes; counted while the body is read. */
  readonly limit: number;
  readonly kinds: readonly BodyKind[];
  /** Values that a JSON or YAML body may hold. */
  readonly values: number;
}

/** A definition of a workflow or a task, or a drawing. */
export const definitionBody: BodyRule = {
  limit: definitionBodyLimit,
  kinds: ['json', 'yaml'],
  values: definitionMaxValues,
};

export const usualBody: BodyRule = { limit: usualBodyLimit, kinds: ['json'], values: usualMaxValues };

/** What a route takes as its body, where that is not the usual: JSON of at most 1 MiB. */
export function RequestBody(rule: Partial<BodyRule>): MethodDecorator {
  const body: BodyRule = { ...usualBody, ...rule };
  return RouteConfig({ body });
}

export function bodyRuleOf(request: FastifyRequest): BodyRule {
  const { body } = request.routeOptions.config as { readonly body?: BodyRule };
  return body ?? usualBody;
}
