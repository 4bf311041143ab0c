import { newId, type Origin } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';

/** The most characters of a `User-Agent` that are kept. */
const maxUserAgent = 200;
/** W3C Trace Context, version 00. */
const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const sane = /^[\w.:-]{1,128}$/;

/** The id in the request's logs and events: the client's own if it sent a valid `X-Request-Id`, else a new one. */
export function requestIdOf(request: Pick<FastifyRequest, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : newId();
}

/** Where a request comes from, as the ledger keeps it. */
export function originOf({ id, ip, headers }: Pick<FastifyRequest, 'id' | 'ip' | 'headers'>): Origin {
  const agent = headers['user-agent']?.slice(0, maxUserAgent).toWellFormed().replaceAll('\u0000', '');
  const { traceparent: trace } = headers;
  return {
    requestId: id,
    clientAddress: ip,
    ...(agent && { userAgent: agent }),
    ...(typeof trace === 'string' && traceparent.test(trace) && { traceparent: trace }),
  };
}
