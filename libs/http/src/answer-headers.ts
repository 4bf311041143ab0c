import type { FastifyReply, FastifyRequest } from 'fastify';

/** Swagger's page brings its own scripts and styles, sets styles in its elements, and asks this server alone. */
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

/** What every answer carries. Those of the API are for their caller alone, so that no cache keeps them: tokens are among them. */
export function addAnswerHeaders({ id, url }: FastifyRequest, reply: FastifyReply): void {
  void reply.header('X-Request-Id', id).header('X-Content-Type-Options', 'nosniff');
  if (/^\/api\/v\d+\//.test(url)) void reply.header('Cache-Control', 'no-store');
  if (/^\/api\/docs(?:[/?]|$)/.test(url)) void reply.header('Content-Security-Policy', docsPolicy);
}
