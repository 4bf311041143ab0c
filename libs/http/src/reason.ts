import { RefusedError } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { percentDecoded } from './percent-decoded';

/** The most characters of the header `X-Reason`, decoded. */
export const maxReason = 1000;

/** What every access token looks like. */
const accessToken = /bf[gtwus]_[0-9a-f]{8}-[0-9a-f]{4}-/i;

/**
 * Why the client makes the request: the header `X-Reason`, for the ledger. Undefined if it is absent or blank.
 * @throws RefusedError BAD_REQUEST naming the header.
 */
export function reasonOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const sent = headers['x-reason'];
  if (typeof sent !== 'string') return undefined;
  const reason = percentDecoded(utf8Of(sent)).trim();
  if (Array.from(reason).length > maxReason) throw refused(`must have at most ${maxReason} characters`);
  if (/\p{Cc}/u.test(reason)) throw refused('must not contain control characters');
  if (accessToken.test(reason)) throw refused('must not contain an access token');
  return reason === '' ? undefined : reason;
}

/** Node reads each byte of a header as a character. */
function utf8Of(header: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    throw refused('must be UTF-8, or percent-encoded');
  }
}

function refused(why: string): RefusedError {
  return new RefusedError('BAD_REQUEST', `Header X-Reason ${why}.`);
}
