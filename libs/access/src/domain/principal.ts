import type { TokenState, TokenType } from './token';

/** Who sends the request. */
export interface Principal {
  readonly tokenId: string;
  readonly type: TokenType;
  /** Team id of a team token, workflow id of a workflow token, name of a user's; null for global. */
  readonly principal: string | null;
  /** The one workflow that the token is for. */
  readonly workflowId?: string;
  readonly permissions: readonly string[];
  /** The token itself, as it was sent. */
  readonly credential: string;
}

export function toPrincipal(token: TokenState, credential: string): Principal {
  return {
    tokenId: token.id,
    type: token.type,
    principal: token.principal,
    ...(token.type === 'workflow' && token.principal !== null && { workflowId: token.principal }),
    permissions: token.permissions,
    credential,
  };
}
