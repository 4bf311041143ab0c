import { createHash } from 'node:crypto';
import { canonicalJson, RefusedError } from '#libs/kernel';
import type { ReceiptKey } from '#libs/ledger';
import type { FastifyRequest } from 'fastify';

const visible = /^[\x21-\x7e]{1,255}$/;

/** The receipt's key for a write with an `Idempotency-Key`; each token has its own keys. */
export function receiptKeyOf(request: FastifyRequest, tokenId: string): ReceiptKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !visible.test(key)) {
    throw new RefusedError('BAD_REQUEST', 'Header Idempotency-Key must be 1 to 255 visible ASCII characters.');
  }
  const requestHash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${canonicalJson(request.body ?? null)}`)
    .digest('hex');
  return { scope: tokenId, key, requestHash };
}
