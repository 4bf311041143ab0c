import { intersection } from '#libs/kernel';
import { workflowTokenPermissions } from './permissions';
import type { TeamMember } from './members';
import type { TokenState, TokenType } from './token';

/** Who sends the request. The `Reach` says what they may access. */
export interface Principal {
  readonly tokenId: string;
  readonly type: TokenType;
  /**
   * The team's id for a team token, the workflow's id for a workflow token, the person's id for a user token; null for
   * a global token.
   */
  readonly principal: string | null;
  /** The team of a team's or workflow's token; null for other tokens. */
  readonly teamId: string | null;
  /** The token's name; null if it has none. */
  readonly name: string | null;
  /** The token's own permissions; the reach says what it allows in a team. */
  readonly permissions: readonly string[];
  /** The token, as the caller sent it. */
  readonly credential: string;
  /** The person's membership in the team of the path. */
  readonly member?: TeamMember;
}

/** The person who owns the token; null if it belongs to nobody. */
export function personOf({ type, principal }: Pick<Principal, 'type' | 'principal'>): string | null {
  return type === 'user' || type === 'session' ? principal : null;
}

/** The actor in the ledger: the person, if the token belongs to one. */
export function actorOf(principal: Principal): string {
  const person = personOf(principal);
  return person === null ? `token:${principal.tokenId}` : `user:${person}`;
}

export function toPrincipal(token: TokenState, credential: string): Principal {
  const { id: tokenId, type, principal, teamId, name } = token;
  const permissions =
    type === 'workflow' ? intersection(token.permissions, workflowTokenPermissions) : token.permissions;
  return { tokenId, type, principal, teamId, name, permissions, credential };
}
