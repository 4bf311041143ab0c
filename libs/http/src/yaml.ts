import { RefusedError } from '#libs/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseDocument, stringify } from 'yaml';

export const yamlTypes = ['application/x-yaml', 'application/yaml', 'text/yaml', 'text/x-yaml'];

/** Aliases that a document may expand to: more is an attack. */
const maxAliasCount = 100;

/**
 * The JSON value that a YAML 1.2 document stands for.
 * @throws RefusedError BAD_REQUEST naming the line.
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, version: '1.2', schema: 'core', uniqueKeys: true });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    const why = (problem.message.split('\n', 1)[0] ?? '').replace(/ at line.*$/, '').slice(0, 200);
    throw new RefusedError(
      'BAD_REQUEST',
      `The request body is not valid YAML: ${why}${line === undefined ? '' : ` (line ${line})`}.`,
    );
  }
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount }) ?? null)) as unknown;
  } catch (error) {
    throw new RefusedError(
      'BAD_REQUEST',
      `The request body is not usable YAML: ${(error as Error).message.slice(0, 200)}.`,
    );
  }
}

export function prefersYaml({ headers, query }: FastifyRequest): boolean {
  const { format } = query as { format?: unknown };
  if (format !== undefined) return format === 'yaml';
  return yamlTypes.some((type) => headers.accept?.includes(type));
}

/** Sends the value as YAML where the request prefers that, else as JSON. */
export function sendJsonOrYaml(request: FastifyRequest, reply: FastifyReply, value: unknown): unknown {
  if (!prefersYaml(request)) return value;
  void reply.type('application/yaml; charset=utf-8');
  return stringify(value, { lineWidth: 0 });
}
