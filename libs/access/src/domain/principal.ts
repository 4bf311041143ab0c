import type { TeamMember } from './team';
import type { TokenState, TokenType } from './token';

/** Who sends the request. */
export interface Principal {
  /** Who of the team the user is, where the path names a team. */
  readonly member?: TeamMember;
  readonly tokenId: string;
  readonly type: TokenType;
  /** Team id of a team token, workflow id of a workflow token, name of a user's; null for global. */
  readonly principal: string | null;
  /** The one workflow that the token is for. */
  readonly workflowId?: string;
  /** What the token is called; null where it has no name. */
  readonly name: string | null;
  readonly permissions: readonly string[];
  /** The token itself, as it was sent. */
  readonly credential: string;
}

/** Who it is in the ledger: the user, where the token is a user's. */
export function actorOf({ type, principal, tokenId }: Principal): string {
  return (type === 'user' || type === 'session') && principal !== null ? `user:${principal}` : `token:${tokenId}`;
}

export function toPrincipal(token: TokenState, credential: string): Principal {
  return {
    tokenId: token.id,
    type: token.type,
    principal: token.principal,
    ...(token.type === 'workflow' && token.principal !== null && { workflowId: token.principal }),
    name: token.name,
    permissions: token.permissions,
    credential,
  };
}
