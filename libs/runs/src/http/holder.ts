import type { Principal } from '#libs/access';
import { FindAgentsOfToken } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import type { Holder } from '../domain';

/**
 * Who an agent's message comes from: the fence in `Runledger-Fence`, or, where an agent of the reference sends none, the agents
 * that were registered with its token.
 */
export async function holderOf(request: FastifyRequest, principal: Principal, queries: QueryBus): Promise<Holder> {
  const header = request.headers['runledger-fence'];
  if (header === undefined) {
    const query = new FindAgentsOfToken(principal.tokenId);
    return { agentIds: await queries.execute<FindAgentsOfToken, string[]>(query) };
  }
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) {
    throw new RefusedError(
      'BAD_REQUEST',
      'Header Runledger-Fence must be the whole number that came with the claimed item.',
    );
  }
  return { fence: Number(header) };
}

/** An agent with a team's token reports on that team's work alone. */
export function teamOf(principal: Principal): string | undefined {
  return principal.type === 'team' ? (principal.principal ?? '') : undefined;
}
