import { type Decider, type Permission, RefusedError } from '#libs/kernel';

export type TokenType = 'session' | 'user' | 'team' | 'workflow' | 'global';

export interface TokenState {
  readonly id: string;
  readonly type: TokenType;
  /** Id of the team or workflow, or name of the user; null for a global token. */
  readonly principal: string | null;
  /** The team of a team's or workflow's token; null for other tokens. */
  readonly teamId: string | null;
  readonly sha256: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly permissions: readonly Permission[];
  readonly creationDate: number;
  readonly expirationDate: number | null;
  readonly revoked: boolean;
}

export interface CreateToken {
  readonly type: 'CreateToken';
  readonly token: Omit<TokenState, 'revoked'>;
}
export interface RevokeToken {
  readonly type: 'RevokeToken';
  readonly now: number;
}
export type TokenCommand = CreateToken | RevokeToken;

export type TokenEvent =
  | { readonly type: 'TokenCreated'; readonly data: CreateToken['token'] }
  | { readonly type: 'TokenRevoked'; readonly data: { readonly at: number } };

export function unknownToken(): RefusedError {
  return new RefusedError('TOKEN_INVALID_REFERENCE', 'Invalid Token reference has been provided.');
}

export const tokenDecider: Decider<TokenState, TokenCommand, TokenEvent> = {
  decide(state, command) {
    if (command.type === 'CreateToken') return [{ type: 'TokenCreated', data: command.token }];
    if (!state) throw unknownToken();
    return state.revoked ? [] : [{ type: 'TokenRevoked', data: { at: command.now } }];
  },
  evolve(state, event) {
    if (event.type === 'TokenCreated') return { ...event.data, revoked: false };
    if (!state) throw new Error('TokenRevoked cannot be the first event');
    return { ...state, revoked: true };
  },
};

const prefixes: Readonly<Record<TokenType, string>> = {
  global: 'bfg',
  team: 'bft',
  workflow: 'bfw',
  user: 'bfu',
  session: 'bfs',
};

export function tokenText(type: TokenType, random: string): string {
  return `${prefixes[type]}_${random}`;
}
