import { allows, intersection } from '#libs/kernel';
import { rolePermissions, workflowTokenPermissions } from './permissions';

describe('what permissions allow', () => {
  it.each<[string[], string, boolean]>([
    [['**/**'], 'team/manage', true],
    [['**/read'], 'workflowrun/read', true],
    [['**/read'], 'workflowrun/write', false],
    [['workflow/**'], 'workflow/delete', true],
    [['workflow/**'], 'workflowrun/read', false],
    [['workflow/read', 'task/write'], 'workflow/write', false],
    [[], 'workflow/read', false],
  ])('%j: %s is %s', (permissions, wanted, is) => {
    expect(allows(permissions, wanted)).toBe(is);
  });

  it.each<[string[], string[], string[]]>([
    [['**/**'], ['workflow/read'], ['workflow/read']],
    [['**/read'], ['workflow/**'], ['workflow/read']],
    [['**/read'], ['workflow/write'], []],
    [['**/**', 'workflow/read'], ['workflow/read'], ['workflow/read']],
  ])('%j and %j have in common %j', (some, others, both) => {
    expect(intersection(some, others)).toEqual(both);
    expect(intersection(others, some)).toEqual(both);
  });

  it.each<[keyof typeof rolePermissions, string, boolean]>([
    ['owner', 'team/manage', true],
    ['owner', 'token/write', true],
    ['editor', 'workflow/write', true],
    ['editor', 'workflowrun/action', true],
    ['editor', 'token/read', true],
    ['editor', 'token/write', false],
    ['editor', 'team/manage', false],
    ['editor', 'workflow/delete', false],
    ['reader', 'workflowrun/read', true],
    ['reader', 'workflow/action', false],
  ])('a %s: %s is %s', (role, permission, is) => {
    expect(allows(rolePermissions[role], permission)).toBe(is);
  });

  it('of a workflow’s token are each named, and none is about a team or a token', () => {
    expect(workflowTokenPermissions.filter((each) => /\*|^(team|token|parameter)\//.test(each))).toEqual([]);
  });
});
