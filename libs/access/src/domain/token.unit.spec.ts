import { fold } from '#libs/kernel';
import { type Principal, actorOf, personOf, toPrincipal } from './principal';
import { tokenDecider, tokenText, type TokenState } from './token';

type TokenType = TokenState['type'];

const token: TokenState = {
  id: 'token-id',
  type: 'team',
  principal: 'team-id',
  teamId: 'team-id',
  sha256: 'hash',
  name: 'ci',
  description: null,
  permissions: ['**/**'],
  creationDate: 1,
  expirationDate: null,
  revoked: false,
};

describe('a token', () => {
  it('is revoked once, and stays what it was', () => {
    const events = tokenDecider.decide(token, { type: 'RevokeToken', now: 5 });
    expect(events).toEqual([{ type: 'TokenRevoked', data: { at: 5 } }]);
    const revoked = fold(tokenDecider, token, events);
    expect(revoked).toEqual({ ...token, revoked: true });
    expect(tokenDecider.decide(revoked, { type: 'RevokeToken', now: 6 })).toEqual([]);
  });

  it('that nobody has made cannot be revoked', () => {
    expect(() => tokenDecider.decide(null, { type: 'RevokeToken', now: 5 })).toThrow('Invalid Token reference');
  });

  it.each<[TokenType, string]>([
    ['global', 'bfg_x'],
    ['team', 'bft_x'],
    ['workflow', 'bfw_x'],
    ['user', 'bfu_x'],
    ['session', 'bfs_x'],
  ])('of type %s begins with its mark', (type, text) => {
    expect(tokenText(type, 'x')).toBe(text);
  });
});

describe('whose token it is', () => {
  const principalOf = (more: Partial<TokenState>): Principal => toPrincipal({ ...token, ...more }, 'sent');

  it.each<[TokenType, string | null, string]>([
    ['user', 'ed', 'user:ed'],
    ['session', 'ed', 'user:ed'],
    ['team', null, 'token:token-id'],
    ['workflow', null, 'token:token-id'],
    ['global', null, 'token:token-id'],
  ])('%s: the person is %s, the actor %s', (type, person, actor) => {
    const principal = principalOf({ type, principal: 'ed' });
    expect([personOf(principal), actorOf(principal)]).toEqual([person, actor]);
  });

  it.each([
    [['**/**'], true, false],
    [['workflow/**'], false, false],
    [['workflowrun/read', 'team/manage'], true, false],
  ])('a workflow’s token made with %j allows no more than one may', (permissions, readsRuns, managesTeams) => {
    const { permissions: allowed } = principalOf({ type: 'workflow', permissions });
    expect([allowed.includes('workflowrun/read'), allowed.includes('team/manage')]).toEqual([readsRuns, managesTeams]);
    expect(allowed.filter((each) => each.includes('**'))).toEqual([]);
  });

  it('a team’s token keeps what it was made with', () => {
    expect(principalOf({ permissions: ['**/read'] }).permissions).toEqual(['**/read']);
  });
});
