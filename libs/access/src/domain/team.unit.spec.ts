import { fold, type RefusedError } from '#libs/kernel';
import { defaultQuotas, memberOf, teamDecider, type TeamChanges, type TeamRemovals, type TeamState } from './team';

const profile = {
  id: 'id',
  name: 'alpha',
  displayName: 'Alpha',
  status: 'active' as const,
  externalRef: null,
  labels: {},
  creationDate: 1,
};
const member = (id: string, role: 'owner' | 'editor' | 'reader') => ({ id, name: id, email: `${id}@x.org`, role });

function team(changes: TeamChanges = {}): TeamState {
  return fold(teamDecider, null, teamDecider.decide(null, { type: 'CreateTeam', team: profile, changes })) as TeamState;
}
function updated(state: TeamState, changes: TeamChanges): TeamState {
  return fold(teamDecider, state, teamDecider.decide(state, { type: 'UpdateTeam', now: 2, changes })) as TeamState;
}
function reduced(state: TeamState, removals: TeamRemovals): TeamState {
  return fold(teamDecider, state, teamDecider.decide(state, { type: 'RemoveFromTeam', now: 2, removals })) as TeamState;
}
function reasonOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as RefusedError).reason;
  }
}

describe('a team', () => {
  it('begins without members and with the quotas that hold until an administrator says otherwise', () => {
    expect(team()).toEqual({ ...profile, quotas: defaultQuotas, members: [], approverGroups: [], parameters: [] });
  });

  it('keeps what a change does not name', () => {
    const state = team({ quotas: { maxWorkflowCount: 3 }, parameters: [{ name: 'p', type: 'text' }] });
    const after = updated(state, { displayName: 'New', quotas: { maxConcurrentRuns: 1 } });
    expect(after).toEqual({
      ...state,
      displayName: 'New',
      quotas: { ...defaultQuotas, maxWorkflowCount: 3, maxConcurrentRuns: 1 },
    });
  });

  it('replaces groups by id and parameters by name, in their places, and adds the others', () => {
    const group = (id: string, name: string) => ({ id, name, creationDate: 1, approvers: [] });
    const state = team({
      approverGroups: [group('1', 'one'), group('2', 'two')],
      parameters: [
        { name: 'a', type: 'text' },
        { name: 'b', type: 'text' },
      ],
    });
    const after = updated(state, {
      approverGroups: [group('1', 'first'), group('3', 'three')],
      parameters: [{ name: 'a', type: 'number' }],
    });
    expect(after.approverGroups.map(({ name }) => name)).toEqual(['first', 'two', 'three']);
    expect(after.parameters.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'number'],
      ['b', 'text'],
    ]);
  });

  it('appends nothing where nothing is changed', () => {
    expect(teamDecider.decide(team(), { type: 'UpdateTeam', now: 2, changes: {} })).toEqual([]);
  });

  it('that has an owner keeps one, whatever way the last would go', () => {
    const state = team({ members: [member('ann', 'owner'), member('ed', 'editor')] });
    expect(reasonOf(() => reduced(state, { members: ['ann'] }))).toBe('TEAM_LAST_OWNER');
    expect(reasonOf(() => reduced(state, { members: ['ANN@X.org'] }))).toBe('TEAM_LAST_OWNER');
    expect(reasonOf(() => updated(state, { members: [member('ann', 'editor')] }))).toBe('TEAM_LAST_OWNER');
    expect(reasonOf(() => reduced(state, { members: ['ed'] }))).toBeNull();
    const two = updated(state, { members: [member('bob', 'owner')] });
    expect(reduced(two, { members: ['ann'] }).members.map(({ id }) => id)).toEqual(['ed', 'bob']);
  });

  it('without an owner need not have one', () => {
    const state = team({ members: [member('ed', 'editor')] });
    expect(reduced(state, { members: ['ed'] }).members).toEqual([]);
  });

  it('is refused where it would be larger than every run can read', () => {
    const large = { parameters: [{ name: 'p', type: 'text', default: 'x'.repeat(1024 * 1024) }] };
    expect(() => updated(team(), large)).toThrow('at most 1048576 are allowed');
  });

  it('loses groups by id or by name, and its own quotas as a whole', () => {
    const group = (id: string, name: string) => ({ id, name, creationDate: 1, approvers: [] });
    const state = team({
      approverGroups: [group('1', 'one'), group('2', 'two'), group('3', 'three')],
      quotas: { maxWorkflowCount: 3 },
    });
    const after = reduced(state, { approverGroups: ['1', 'two', 'no such'], quotas: true });
    expect([after.approverGroups.map(({ id }) => id), after.quotas]).toEqual([['3'], defaultQuotas]);
  });

  it('knows a former name until it is taken back', () => {
    const renamed = updated(team(), { name: 'beta' });
    expect([renamed.name, renamed.formerNames]).toEqual(['beta', ['alpha']]);
    expect(updated(renamed, { name: 'alpha' }).formerNames).toEqual(['beta']);
  });

  it('that is there is not made again, and one that is not there is not changed', () => {
    const create = () => teamDecider.decide(team(), { type: 'CreateTeam', team: profile, changes: {} });
    expect(reasonOf(create)).toBe('TEAM_NON_UNIQUE_NAME');
    expect(reasonOf(() => teamDecider.decide(null, { type: 'UpdateTeam', now: 1, changes: {} }))).toBe(
      'TEAM_INVALID_REF',
    );
    const remove = () => teamDecider.decide(team(), { type: 'RemoveTeamParameter', now: 1, name: 'p' });
    expect(reasonOf(remove)).toBe('PARAMETER_INVALID_REFERENCE');
  });
});

describe('the member that a person is', () => {
  const state = team({ members: [member('ann', 'owner')] });

  it.each([
    ['ann', 'ann'],
    [' ann ', 'ann'],
    ['Ann@X.ORG', 'ann'],
    ['Ann', undefined],
    ['bob', undefined],
    [null, undefined],
  ])('%j is %s', (person, id) => {
    expect(memberOf(state, person)?.id).toBe(id);
  });
});
