import type { Principal } from '#libs/access';
import { RefusedError, type Holder } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';

/**
 * Who an agent's message comes from: the token, which must be the one that the item was claimed with, and the fence in
 * `Runledger-Fence`, which agents of the reference do not send.
 */
export function holderOf(request: FastifyRequest, { tokenId }: Principal): Holder {
  const header = request.headers['runledger-fence'];
  if (header === undefined) return { tokenId };
  const fence = typeof header === 'string' && /^\d{1,16}$/.test(header) ? Number(header) : NaN;
  if (!Number.isSafeInteger(fence)) {
    throw new RefusedError(
      'BAD_REQUEST',
      'Header Runledger-Fence must be the whole number that came with the claimed item.',
    );
  }
  return { tokenId, fence };
}
