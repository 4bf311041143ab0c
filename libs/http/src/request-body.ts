import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { definitionBodyLimit, definitionMaxValues, usualBodyLimit, usualMaxValues } from './bounds';

/** What a body may be: JSON; YAML, which is read to the same values; a form; UTF-8 text; or bytes as they are. */
export type BodyKind = 'json' | 'yaml' | 'form' | 'text' | 'bytes';

/** What to send for each kind: named in the document, and in refusals. JSON is any `+json` too. */
export const mediaTypes: Readonly<Record<BodyKind, readonly string[]>> = {
  json: ['application/json'],
  yaml: ['application/yaml'],
  form: ['application/x-www-form-urlencoded'],
  text: ['text/plain'],
  bytes: ['text/plain', 'application/octet-stream'],
};

export interface BodyRule {
  /** Bytes; counted while the body is read. */
  readonly limit: number;
  readonly kinds: readonly BodyKind[];
  /** Values that a JSON or YAML body may hold. */
  readonly values: number;
  /** Whether it may come as gzip; the limit counts before and after inflating. */
  readonly gzip?: boolean;
}

/** A definition of a workflow or a task, or a drawing. */
export const definitionBody: BodyRule = {
  limit: definitionBodyLimit,
  kinds: ['json', 'yaml'],
  values: definitionMaxValues,
};

/** What other systems send and nobody can tell them to send otherwise. */
export const webhookBody: Partial<BodyRule> = { kinds: ['json', 'form', 'text'], gzip: true };

const usualBody: BodyRule = { limit: usualBodyLimit, kinds: ['json'], values: usualMaxValues };

/** What a route takes as its body, where that is not the usual: JSON of at most 1 MiB. */
export function RequestBody(rule: Partial<BodyRule>): MethodDecorator {
  const body: BodyRule = { ...usualBody, ...rule };
  return applyDecorators(RouteConfig({ body }), ApiConsumes(...body.kinds.flatMap((kind) => mediaTypes[kind])));
}

export function bodyRuleOf(request: FastifyRequest): BodyRule {
  const { body } = request.routeOptions.config as { readonly body?: BodyRule };
  return body ?? usualBody;
}
