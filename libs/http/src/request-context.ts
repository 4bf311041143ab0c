import { newId } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';

const sane = /^[\w.:-]{1,128}$/;

/** The id in the request's logs and events: the client's own if it sent a valid `X-Request-Id`, else a new one. */
export function requestIdOf(request: Pick<FastifyRequest, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : newId();
}
