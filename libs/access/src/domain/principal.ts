import { intersection, type TokenType } from '#libs/kernel';
import { workflowTokenPermissions } from './permissions';
import type { TeamMember } from './members';
import type { TokenState } from './token';

/** Who sends the request. What they may touch is their `Reach`. */
export interface Principal {
  readonly tokenId: string;
  readonly type: TokenType;
  /** Team id of a team token, workflow id of a workflow token, the person's id of a user's; null for global. */
  readonly principal: string | null;
  /** The team of a team's or workflow's token; null for the others. */
  readonly teamId: string | null;
  /** What the token is called; null where it has no name. */
  readonly name: string | null;
  /** What the token allows at all; what it allows in a team is in the reach. */
  readonly permissions: readonly string[];
  /** The token itself, as it was sent. */
  readonly credential: string;
  /** Who of the team of the path the person is. */
  readonly member?: TeamMember;
}

/** The person whose token it is; null where it is no person's. */
export function personOf({ type, principal }: Pick<Principal, 'type' | 'principal'>): string | null {
  return type === 'user' || type === 'session' ? principal : null;
}

/** Who it is in the ledger: the person, where the token is a person's. */
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
