import type { AccessStore } from './access-store';
import type { Principal } from '../domain';
import { ReachMaker } from './reach-maker';

const alpha = { id: 'a', name: 'alpha' };
const beta = { id: 'b', name: 'beta' };
const store = {
  teamRef: (id: string) => Promise.resolve(id === 'a' ? alpha : null),
  membershipsOf: (person: string) =>
    Promise.resolve(
      person === 'ed'
        ? [
            { team: alpha, role: 'editor' },
            { team: beta, role: 'reader' },
          ]
        : [],
    ),
} as unknown as AccessStore;
const principal = (more: Partial<Principal>): Principal => ({
  ...{ tokenId: 't', type: 'global', principal: null, teamId: null, name: null, credential: 'c' },
  permissions: ['**/**'],
  ...more,
});
const reachOf = (more: Partial<Principal>) => new ReachMaker(store).of(principal(more));
const nothing = { kind: 'member', teams: [] };

describe('what a token reaches', () => {
  it('a global one: the installation, with its own permissions', async () => {
    expect(await reachOf({ permissions: ['**/read'] })).toEqual({ kind: 'installation', permissions: ['**/read'] });
  });

  it('a team’s: its team, and nothing once the team is gone', async () => {
    expect(await reachOf({ type: 'team', principal: 'a', teamId: 'a' })).toEqual({
      kind: 'team',
      team: alpha,
      permissions: ['**/**'],
      ofInstallation: false,
    });
    expect(await reachOf({ type: 'team', principal: 'gone', teamId: 'gone' })).toEqual(nothing);
  });

  it('a workflow’s: its workflow, and nothing where its team is unknown', async () => {
    expect(await reachOf({ type: 'workflow', principal: 'w', teamId: 'a' })).toMatchObject({
      kind: 'workflow',
      team: alpha,
      workflowId: 'w',
    });
    for (const teamId of [null, 'gone']) {
      expect(await reachOf({ type: 'workflow', principal: 'w', teamId })).toEqual(nothing);
    }
    expect(await reachOf({ type: 'workflow', principal: null, teamId: 'a' })).toEqual(nothing);
  });

  it.each(['user', 'session'] as const)('a %s’s: in each team what both the role and the token allow', async (type) => {
    const reach = await reachOf({ type, principal: 'ed', permissions: ['workflow/**'] });
    expect(reach).toMatchObject({ kind: 'member', teams: [{ team: alpha }, { team: beta }] });
    const allowed = 'teams' in reach ? reach.teams.map(({ permissions }) => [...permissions].sort()) : [];
    expect(allowed).toEqual([['workflow/action', 'workflow/read', 'workflow/write'], ['workflow/read']]);
  });

  it('a person’s of no team: nothing', async () => {
    expect(await reachOf({ type: 'user', principal: 'nobody' })).toEqual(nothing);
  });
});
