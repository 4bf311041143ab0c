import { originOf, reasonOf, receiptKeyOf } from '#libs/http';
import type { CommandContext, Origin } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { actorOf, personOf, type Principal } from '../domain';
import type { GuardedRequest } from './access.decorators';

/** Where a request comes from, what is personal of it sealed, and with which token: left out where the actor is the token itself, and not a person. */
export function originBy(principal: Principal, request: FastifyRequest): Origin {
  return { ...sealedOrigin(request), ...(personOf(principal) !== null && { tokenId: principal.tokenId }) };
}

/** Where a request comes from: the address and the user agent sealed, and absent where nothing can seal them. */
export function sealedOrigin(request: GuardedRequest): Origin {
  const { clientAddress, userAgent, ...rest } = originOf(request);
  const { sealPersonal: seal } = request;
  return {
    ...rest,
    ...(seal && clientAddress !== undefined && { clientAddress: seal(clientAddress) }),
    ...(seal && userAgent !== undefined && { userAgent: seal(userAgent) }),
  };
}

/** Why: `X-Reason`, without what is known to be secret. */
export function reasonBy(request: GuardedRequest): string | undefined {
  const reason = reasonOf(request);
  return reason === undefined ? undefined : (request.keptReason ?? reason);
}

/** Who sends a command and why, for the ledger's metadata, and the idempotency key. */
export function commandContext(request: FastifyRequest): CommandContext {
  const { user, reach } = request as GuardedRequest;
  if (!user) throw new Error('A command needs a principal');
  const reason = reasonBy(request);
  const receipt = receiptKeyOf(request, user.tokenId);
  return {
    metadata: {
      actor: actorOf(user),
      ...originBy(user, request),
      ...(reason !== undefined && { reason }),
      ...((reach?.kind === 'team' || reach?.kind === 'workflow') && { teamId: reach.team.id }),
    },
    ...(receipt && { receipt }),
  };
}
