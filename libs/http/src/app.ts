import { RefusedError } from '#libs/kernel';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { addBodyParsers } from './body-parsers';
import { ContractErrorFilter, type FaultListener, sendError, unknownRoute } from './contract-error.filter';
import { KnownRoutes } from './known-routes';
import { requestIdOf } from './request-context';
import { refuseText } from './storable';

export function createFastifyAdapter(onFault: FaultListener): FastifyAdapter {
  return new FastifyAdapter({
    requestTimeout: 120_000,
    keepAliveTimeout: 75_000,
    trustProxy: false,
    // On close, requests under way are answered; only idle connections are cut.
    forceCloseConnections: 'idle',
    genReqId: (request: Pick<FastifyRequest, 'headers'>) => requestIdOf(request),
    frameworkErrors: (error: unknown, request: unknown, reply: unknown) =>
      sendError(error, request as FastifyRequest, reply as FastifyReply, onFault),
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  });
}

/** Everything that every route shares: the error body, checks of what comes in, request ids. */
export function configureApp(app: NestFastifyApplication, onFault: FaultListener): void {
  const routes = new KnownRoutes();
  app.useGlobalFilters(new ContractErrorFilter(onFault, routes));
  app.useGlobalPipes(
    new StandardSchemaValidationPipe({
      exceptionFactory: (issues) => new RefusedError('BAD_REQUEST', issues.slice(0, 50).map(describeIssue).join(' ')),
    }),
  );
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', (route) => routes.add([route.method].flat(), route.url));
  addBodyParsers(server);
  // Before the body is read: what is refused here costs no more than its headers.
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    try {
      if (request.is404) throw unknownRoute(routes, request, reply);
      for (const [name, value] of Object.entries(request.params as Record<string, string>)) refuseText(value, name);
      for (const [name, value] of Object.entries(request.query as Record<string, string | string[]>)) {
        for (const each of [value].flat()) refuseText(each, name);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/**
 * For bodies whose schema depends on what they are; the others are checked where they are declared.
 * @throws RefusedError BAD_REQUEST naming every field.
 */
export function parseWith<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new RefusedError('BAD_REQUEST', parsed.error.issues.slice(0, 50).map(describeIssue).join(' '));
}

interface Issue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

function describeIssue({ message, path }: Issue): string {
  const names = (path ?? []).map((segment) =>
    typeof segment === 'object' && segment !== null && 'key' in segment ? String(segment.key) : String(segment),
  );
  const field = names.length > 0 ? names.join('.') : 'body';
  return `${field.slice(0, 200)}: ${message.slice(0, 500)}.`;
}
