import type { FastifyRequest } from 'fastify';

/** The header that requests of the dashboard send: no form and no link can send one, and no other site may. */
export const sessionHeader = 'X-Runledger-Session';

const cookieName = 'runledger_session';

/** Only this server's requests over HTTP carry it: no script reads it, and no other site's request has it. */
const attributes = 'Path=/api; HttpOnly; SameSite=Strict';

/** The cookie that keeps the token until the browser closes; over HTTPS it never leaves by HTTP. */
export function sessionCookie(request: FastifyRequest, token: string): string {
  return `${cookieName}=${token}; ${attributes}${secure(request)}`;
}

export function endedSessionCookie(request: FastifyRequest): string {
  return `${cookieName}=; ${attributes}; Max-Age=0${secure(request)}`;
}

function secure({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? '; Secure' : '';
}

/** The token of the session; undefined if there is none, or if the request may come from another site. */
export function sessionTokenOf(request: FastifyRequest): string | undefined {
  return isFromOwnPage(request) ? cookieOf(request) : undefined;
}

/** Whether the request has a session's cookie that does not count. */
export function hasForeignSession(request: FastifyRequest): boolean {
  return cookieOf(request) !== undefined && !isFromOwnPage(request);
}

function cookieOf({ headers }: FastifyRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
  return found === '' ? undefined : found;
}

/** A page of another origin cannot set the header without asking this server first, which never agrees. */
function isFromOwnPage(request: FastifyRequest): boolean {
  const { origin, [sessionHeader.toLowerCase()]: marked, 'sec-fetch-site': site } = request.headers;
  if (marked !== '1') return false;
  if (site !== undefined && site !== 'same-origin') return false;
  return origin === undefined || hostOf(origin) === request.host;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
