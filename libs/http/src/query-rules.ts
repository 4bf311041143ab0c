import { RefusedError } from '#libs/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type DeclaredQuery, declareQuery } from './declared-query';
import { nearestName } from './nearest-name';

const undeclared: DeclaredQuery = declareQuery([]);
const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Which query parameters each route has. They are read from the OpenAPI document, so that the document is what holds. */
export class QueryRules {
  private readonly routes = new Map<string, DeclaredQuery>();

  learn({ paths }: OpenAPIObject): void {
    for (const [path, item] of Object.entries(paths)) {
      for (const method of methods) {
        const { parameters } = item[method] ?? {};
        if (!item[method]) continue;
        const url = path.replace(/\{(\w+)\}/g, ':$1');
        this.routes.set(`${method.toUpperCase()} ${url}`, declareQuery((parameters ?? []) as readonly object[]));
      }
    }
  }

  /** A route that is not in the document has no rule. */
  of(request: FastifyRequest): DeclaredQuery {
    return this.find(request) ?? undeclared;
  }

  /** @throws RefusedError QUERY_INVALID_FILTERS naming the unknown parameter and the one that was probably meant. */
  check(request: FastifyRequest): void {
    const declared = this.find(request);
    if (!declared) return;
    for (const name of Object.keys(request.query as object)) {
      if (declared.names.includes(name)) continue;
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `Invalid query filters have been provided. ${unknownName(name, declared.names)}`,
      );
    }
  }

  private find({ method, routeOptions: { url } }: FastifyRequest): DeclaredQuery | undefined {
    return this.routes.get(`${method === 'HEAD' ? 'GET' : method} ${url ?? ''}`);
  }
}

function unknownName(name: string, known: readonly string[]): string {
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `Parameter ${shown} is unknown: did you mean ${nearest}?`;
  const all = known.length > 0 ? `This route has ${known.join(', ')}.` : 'This route has no query parameters.';
  return `Parameter ${shown} is unknown. ${all}`;
}

/** To be called after the gate: who may not come in is not told what there is. */
export function refuseUnknownParameters(app: NestFastifyApplication, rules: QueryRules): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, _reply, done) => {
    try {
      rules.check(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
