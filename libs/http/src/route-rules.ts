import { RefusedError } from '#libs/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type DeclaredQuery, declareQuery } from './declared-query';
import { nearestName } from './nearest-name';

const undeclared: DeclaredQuery = declareQuery([]);
const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

interface RouteRule {
  readonly query: DeclaredQuery;
  readonly takesBody: boolean;
  /** Its name in the document. */
  readonly operation: string | undefined;
}

/**
 * The query parameters of each route, and whether it has a body, as the OpenAPI document says: so the document is
 * always right.
 */
export class RouteRules {
  private readonly routes = new Map<string, RouteRule>();

  learn({ paths }: OpenAPIObject): void {
    for (const [path, item] of Object.entries(paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (!operation) continue;
        const url = path.replace(/\{(\w+)\}/g, ':$1');
        const query = declareQuery((operation.parameters ?? []) as readonly object[]);
        this.routes.set(`${method.toUpperCase()} ${url}`, {
          query,
          takesBody: operation.requestBody !== undefined,
          operation: operation.operationId,
        });
      }
    }
  }

  queryOf(request: FastifyRequest): DeclaredQuery {
    return this.find(request)?.query ?? undeclared;
  }

  operationOf(request: FastifyRequest): string | undefined {
    return this.find(request)?.operation;
  }

  /** A route that is not in the document has no body. */
  takesBody(request: FastifyRequest): boolean {
    return this.find(request)?.takesBody ?? false;
  }

  /**
   * A route that is not in the document accepts any parameter.
   * @throws RefusedError QUERY_INVALID_FILTERS naming the unknown parameter and the one that was probably meant.
   */
  checkQuery(request: FastifyRequest): void {
    const declared = this.find(request)?.query;
    if (!declared) return;
    for (const name of Object.keys(request.query as object)) {
      if (declared.names.includes(name)) continue;
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `Invalid query filters have been provided. ${unknownName(name, declared.names)}`,
      );
    }
  }

  private find({ method, routeOptions: { url } }: FastifyRequest): RouteRule | undefined {
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

/** Call it after the gate: callers without access must not learn what exists. */
export function refuseUnknownParameters(app: NestFastifyApplication, rules: RouteRules): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, _reply, done) => {
    try {
      rules.checkQuery(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
