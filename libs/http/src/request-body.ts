import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { definitionBodyLimit, definitionMaxValues, usualBodyLimit, usualMaxValues } from './bounds';

/** The kinds of body: JSON; YAML, which gives the same values; a form; UTF-8 text; or raw bytes. */
export type BodyKind = 'json' | 'yaml' | 'form' | 'text' | 'bytes';

/** The content types of each kind, for the document and for refusals. JSON includes any `+json`. */
export const mediaTypes: Readonly<Record<BodyKind, readonly string[]>> = {
  json: ['application/json'],
  yaml: ['application/yaml'],
  form: ['application/x-www-form-urlencoded'],
  text: ['text/plain'],
  bytes: ['text/plain', 'application/octet-stream'],
};

export interface BodyRule {
  /** The most bytes; counted while the server reads the body. */
  readonly limit: number;
  readonly kinds: readonly BodyKind[];
  /** The most values in a JSON or YAML body. */
  readonly values: number;
  /** Whether the body may be gzip; the limit counts before and after decompression. */
  readonly gzip?: boolean;
}

/** A definition of a workflow or a task, or a drawing. */
export const definitionBody: BodyRule = {
  limit: definitionBodyLimit,
  kinds: ['json', 'yaml'],
  values: definitionMaxValues,
};

/** Bodies of other systems, which cannot be told to send another format. */
export const webhookBody: Partial<BodyRule> = { kinds: ['json', 'form', 'text'], gzip: true };

export const usualBody: BodyRule = { limit: usualBodyLimit, kinds: ['json'], values: usualMaxValues };

/** The body of a route, if it is not the usual one: JSON of at most 1 MiB. */
export function RequestBody(rule: Partial<BodyRule>): MethodDecorator {
  const body: BodyRule = { ...usualBody, ...rule };
  return applyDecorators(RouteConfig({ body }), ApiConsumes(...body.kinds.flatMap((kind) => mediaTypes[kind])));
}

export function bodyRuleOf(request: FastifyRequest): BodyRule {
  const { body } = request.routeOptions.config as { readonly body?: BodyRule };
  return body ?? usualBody;
}
