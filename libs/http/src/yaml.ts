import type { FastifyReply, FastifyRequest } from 'fastify';
import { writeYaml } from './write-yaml';
import { choiceParam, type RawQuery } from './query-params';

export const yamlTypes: readonly string[] = ['application/x-yaml', 'application/yaml', 'text/yaml', 'text/x-yaml'];

export function prefersYaml({ headers, query }: FastifyRequest): boolean {
  const format = choiceParam(query as RawQuery, 'format', ['json', 'yaml']);
  if (format !== undefined) return format === 'yaml';
  return yamlTypes.some((type) => headers.accept?.includes(type));
}

/** Sends the value as YAML if the request prefers it, else as JSON. */
export function sendJsonOrYaml(request: FastifyRequest, reply: FastifyReply, value: unknown): unknown {
  if (!prefersYaml(request)) return value;
  void reply.type('application/yaml; charset=utf-8');
  return writeYaml(value);
}
