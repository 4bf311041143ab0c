import { originOf, reasonOf, receiptKeyOf } from '#libs/http';
import type { CommandContext } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { actorOf, personOf } from '../domain';
import type { GuardedRequest } from './access.decorators';

/** Who sends a command and why, for the ledger's metadata, and the idempotency key. */
export function commandContext(request: FastifyRequest): CommandContext {
  const { user, reach } = request as GuardedRequest;
  if (!user) throw new Error('A command needs a principal');
  const reason = reasonOf(request);
  const receipt = receiptKeyOf(request, user.tokenId);
  return {
    metadata: {
      actor: actorOf(user),
      // An actor without a person is its token.
      ...(personOf(user) !== null && { tokenId: user.tokenId }),
      ...originOf(request),
      ...(reason !== undefined && { reason }),
      ...((reach?.kind === 'team' || reach?.kind === 'workflow') && { teamId: reach.team.id }),
    },
    ...(receipt && { receipt }),
  };
}
