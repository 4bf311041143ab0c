import { RefusedError } from '#libs/kernel';
import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerTo, type ErrorAnswer } from './contract-error';
import type { KnownRoutes } from './known-routes';

/** Hears about faults of the server. */
export type FaultListener = (error: unknown, request: FastifyRequest) => void;

/** The only place that turns errors into answers. */
@Catch()
export class ContractErrorFilter implements ExceptionFilter {
  constructor(
    private readonly onFault: FaultListener,
    private readonly routes: KnownRoutes,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    sendError(
      this.isUnknownRoute(error) ? unknownRoute(this.routes, request, reply) : error,
      request,
      reply,
      this.onFault,
    );
  }

  /** Nest's router throws this if no route matches; we never throw it ourselves. */
  private isUnknownRoute(error: unknown): boolean {
    return error instanceof NotFoundException && error.message.startsWith('Cannot ');
  }
}

/** Distinguishes an unknown path, or a file that is not there, from a known path with another method. */
export function unknownRoute(routes: KnownRoutes, request: FastifyRequest, reply: FastifyReply): RefusedError {
  const methods = routes.methodsOf(request.url.split('?', 1)[0] ?? '/');
  if (methods.length === 0 || methods.includes(request.method))
    return new RefusedError('NOT_FOUND', 'This route does not exist. /api/docs lists the routes.');
  const allowed = methods.join(', ');
  void reply.header('Allow', allowed);
  return new RefusedError('METHOD_NOT_ALLOWED', `Method ${request.method} is not allowed here. Allowed: ${allowed}.`);
}

/** What a request, or a part of it, was refused with. */
export interface Refusal {
  readonly httpStatus: number;
  readonly code: number;
  readonly reason: string;
  /** The team of what it was about, where that is known. */
  readonly teamId: string | null;
}

const refusals = new WeakMap<FastifyRequest, Refusal[]>();

/** What a request was refused with, and each refused part of one that was answered; empty if nothing was. */
export function refusalsOf(request: FastifyRequest): readonly Refusal[] {
  return refusals.get(request) ?? [];
}

/** Remembers that a part of the request is refused, while the rest is not. */
export function noteRefusal(request: FastifyRequest, error: unknown): void {
  const known = refusals.get(request) ?? [];
  known.push(refusalFrom(error, answerTo(error)));
  refusals.set(request, known);
}

function refusalFrom(error: unknown, { httpStatus, body }: ErrorAnswer): Refusal {
  const teamId = error instanceof RefusedError ? error.teamId : null;
  return { httpStatus, code: body.code, reason: body.reason, teamId };
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, onFault: FaultListener): void {
  const answer = answerTo(error);
  const { httpStatus, body, isFault } = answer;
  refusals.set(request, [refusalFrom(error, answer)]);
  if (isFault) onFault(error, request);
  if (reply.sent) return;
  // If the framework refuses a request before its hooks, these headers are missing.
  void reply.header('X-Request-Id', request.id).header('X-Content-Type-Options', 'nosniff');
  if (httpStatus === 401) void reply.header('WWW-Authenticate', 'Bearer');
  // The rest of the body is not worth reading.
  if (httpStatus === 413) void reply.header('Connection', 'close');
  if (httpStatus === 503) void reply.header('Retry-After', '1');
  if (httpStatus === 429 && !reply.hasHeader('Retry-After')) {
    // Within a minute, runs may have ended.
    const { retryAfter = 60 } = error as { retryAfter?: number };
    if (retryAfter > 0) void reply.header('Retry-After', String(retryAfter));
  }
  void reply.code(httpStatus).type('application/json; charset=utf-8').send(body);
}
