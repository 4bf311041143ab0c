import { RefusedError, wrongReason } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { percentDecoded } from './percent-decoded';

/**
 * Why the client makes the request: the header `X-Reason`, for the ledger. Undefined if it is absent or blank.
 * @throws RefusedError BAD_REQUEST naming the header.
 */
export function reasonOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const sent = headers['x-reason'];
  if (typeof sent !== 'string') return undefined;
  const reason = percentDecoded(utf8Of(sent)).trim();
  const wrong = wrongReason(reason);
  if (wrong !== null) throw refused(wrong);
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
