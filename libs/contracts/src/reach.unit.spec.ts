import { permissionsAt, type Reach, reachIn, reachWith, teamIdsOf, type TeamReach } from './reach';

const team = (id: string) => ({ id, name: `name of ${id}` });
const teamReach = (id: string, permissions = ['**/read']): TeamReach => ({
  kind: 'team',
  team: team(id),
  permissions,
  ofInstallation: false,
});
const installation: Reach = { kind: 'installation', permissions: ['**/**'] };
const workflow: Reach = { kind: 'workflow', team: team('a'), workflowId: 'w', permissions: ['workflowrun/read'] };
const member: Reach = { kind: 'member', teams: [teamReach('a'), teamReach('b', ['**/**'])] };

describe('a reach', () => {
  it.each<[string, Reach, { teamId: string; workflowId?: string }, readonly string[] | null]>([
    ['the installation', installation, { teamId: 'any', workflowId: 'any' }, ['**/**']],
    ['a team', teamReach('a'), { teamId: 'a', workflowId: 'any' }, ['**/read']],
    ['another team', teamReach('a'), { teamId: 'b' }, null],
    ['a workflow', workflow, { teamId: 'a', workflowId: 'w' }, ['workflowrun/read']],
    ['another workflow', workflow, { teamId: 'a', workflowId: 'v' }, null],
    ['what belongs to no workflow', workflow, { teamId: 'a' }, null],
    ['a workflow of that id in another team', workflow, { teamId: 'b', workflowId: 'w' }, null],
    ['a team of a member', member, { teamId: 'b' }, ['**/**']],
    ['a team that a member is not of', member, { teamId: 'c' }, null],
  ])('%s', (_what, reach, place, permissions) => {
    expect(permissionsAt(reach, place)).toEqual(permissions);
  });

  it('with a permission keeps the teams that have it, and is none where no team has', () => {
    expect(teamIdsOf(reachWith(member, 'workflow/write') as Reach)).toEqual(['b']);
    expect(reachWith(member, 'workflow/read')).toEqual(member);
    expect(reachWith({ kind: 'member', teams: [teamReach('a')] }, 'workflow/write')).toBeNull();
    expect(reachWith(workflow, 'workflow/read')).toBeNull();
  });

  it('within a team: the installation’s may set limits there, a team’s own may not', () => {
    expect(reachIn(installation, team('a'))).toMatchObject({ kind: 'team', team: team('a'), ofInstallation: true });
    expect(reachIn(member, team('a'))).toMatchObject({ permissions: ['**/read'], ofInstallation: false });
    expect(reachIn(workflow, team('a'))).toBe(workflow);
    for (const reach of [teamReach('a'), workflow, member]) expect(reachIn(reach, team('c'))).toBeNull();
  });

  it('tells the teams that it lies in; all of them are no list', () => {
    expect([installation, workflow, member].map(teamIdsOf)).toEqual([null, ['a'], ['a', 'b']]);
  });
});
