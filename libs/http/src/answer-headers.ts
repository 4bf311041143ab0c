import type { FastifyReply, FastifyRequest } from 'fastify';

/** Swagger's page has its own scripts and styles, sets styles in its elements, and calls only this server. */
const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Headers of every answer. Answers of the API are only for their caller, so no cache may store them: some contain
 * tokens.
 */
export function addAnswerHeaders({ id, url }: FastifyRequest, reply: FastifyReply): void {
  void reply.header('X-Request-Id', id).header('X-Content-Type-Options', 'nosniff');
  if (/^\/api\/v\d+\//.test(url)) void reply.header('Cache-Control', 'no-store');
  if (/^\/api\/docs(?:[/?]|$)/.test(url)) void reply.header('Content-Security-Policy', docsPolicy);
}
