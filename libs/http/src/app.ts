import { RefusedError } from '#libs/kernel';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addBodyParsers } from './body-parsers';
import { addAnswerHeaders } from './answer-headers';
import { answerClientError, answerConnect, answerExpectation, headersLimit } from './client-errors';
import { ContractErrorFilter, type FaultListener, sendError, unknownRoute } from './contract-error.filter';
import { KnownRoutes } from './known-routes';
import { readQuery } from './read-query';
import { requestIdOf } from './request-context';
import { RouteRules } from './route-rules';
import { refuseText } from './storable';

/** @param trustedProxies addresses and networks of proxies whose `X-Forwarded-For` names the client. */
export function createFastifyAdapter(onFault: FaultListener, trustedProxies: readonly string[] = []): FastifyAdapter {
  return new FastifyAdapter({
    requestTimeout: 120_000,
    keepAliveTimeout: 75_000,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    http: { maxHeaderSize: headersLimit, requireHostHeader: false },
    clientErrorHandler: answerClientError,
    // On close, the server finishes open requests and cuts only idle connections.
    forceCloseConnections: 'idle',
    genReqId: (request: Pick<FastifyRequest, 'headers'>) => requestIdOf(request),
    frameworkErrors: (error: unknown, request: unknown, reply: unknown) =>
      sendError(error, request as FastifyRequest, reply as FastifyReply, onFault),
    routerOptions: { maxParamLength, ignoreTrailingSlash: true },
  });
}

/** The most characters of a path parameter. */
const maxParamLength = 512;

/**
 * What all routes share: the error body, checks of the input, request ids.
 * @returns the rules for queries and bodies of routes, which it later learns from the OpenAPI document.
 */
export function configureApp(app: NestFastifyApplication, onFault: FaultListener): RouteRules {
  const routes = new KnownRoutes();
  const rules = new RouteRules();
  app.useGlobalFilters(new ContractErrorFilter(onFault, routes));
  const server = app.getHttpAdapter().getInstance();
  server.server.on('checkExpectation', answerExpectation);
  server.server.on('connect', answerConnect);
  server.addHook('onRoute', ({ method, url, config }) => {
    const methods = [method].flat().filter((each) => each !== 'HEAD' || !isActing(config));
    if (methods.length > 0) routes.add(methods, url);
  });
  addBodyParsers(server, rules);
  // Runs before the body is read: a refusal here costs no more than reading the headers.
  server.addHook('onRequest', (request, reply, done) => {
    addAnswerHeaders(request, reply);
    try {
      if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
        throw new RefusedError('BAD_REQUEST', 'Header Host is missing: HTTP/1.1 requires it.');
      }
      if (request.method === 'OPTIONS' && answerOptions(routes, request, reply)) return;
      if (request.is404) throw unknownRoute(routes, request, reply);
      for (const [name, value] of Object.entries(request.params as Record<string, string>)) refuseText(value, name);
      const query = readQuery(request.url, rules.queryOf(request));
      for (const [name, value] of Object.entries(query)) {
        refuseText(name, 'the name of a query parameter');
        for (const each of [value].flat()) refuseText(each, name);
      }
      request.query = query;
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  return rules;
}

/** A GET that changes something has no HEAD: see `addRouteConfig`. */
function isActing(config: unknown): boolean {
  return (config as { readonly acts?: boolean } | undefined)?.acts === true;
}

/** OPTIONS lists a route's methods, for everybody. */
function answerOptions(routes: KnownRoutes, request: FastifyRequest, reply: FastifyReply): boolean {
  const methods = routes.methodsOf(request.url.split('?', 1)[0] ?? '/');
  if (methods.length === 0) return false;
  void reply.code(204).header('Allow', methods.join(', ')).send();
  return true;
}
