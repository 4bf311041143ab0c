import { Conditions, toDate } from '#libs/database';
import { mask, SecretBox } from '#libs/secrets';
import { countConditions, isCountable, runConditions, statusConditions } from './run-filters';
import { toRunBody } from './run-body';
import type { RunSummary } from './run-summary';
import { maskedOf, opened } from './shown';

const box = new SecretBox({ current: Buffer.alloc(32, 1) });
const run = (more: Partial<RunSummary> = {}): RunSummary => ({
  ...{ id: 'run', teamId: 'team', teamName: 'then', status: 'succeeded', phase: 'completed', statusMessage: null },
  workflow: { id: 'w', revisionId: 'r', version: 1, name: 'old', displayName: 'Old' },
  ...{ trigger: 'engine', creationDate: 0, startTime: 100, duration: 5, timeout: 0, retries: 0, debug: false },
  ...{
    labels: {},
    annotations: {},
    params: [],
    results: [],
    workspaces: [],
    initiator: null,
    awaitingApproval: false,
    parent: null,
  },
  ...more,
});

describe('what is shown of a run', () => {
  const sealed = box.seal('hunter2');

  it('is no secret, to nobody but the agent that runs it', () => {
    const state = run({
      statusMessage: `It is ${sealed}.`,
      labels: { l: sealed },
      params: [
        { name: 'pw', type: 'password', value: sealed },
        { name: 'p', type: 'text', value: `x ${sealed}` },
      ] as RunSummary['params'],
      results: [{ name: 'r', description: null, value: { deep: [sealed] } }] as RunSummary['results'],
    });
    const shown = toRunBody(state, 0);
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|sealed:/);
    expect(shown).toMatchObject({
      statusMessage: `It is ${mask}.`,
      params: [
        { name: 'pw', value: null },
        { name: 'p', value: `x ${mask}` },
      ],
    });
    const revealed = toRunBody(state, 0, { reveal: box });
    expect(revealed).toMatchObject({
      statusMessage: 'It is hunter2.',
      params: [{ value: 'hunter2' }, { value: 'x hunter2' }],
    });
  });

  it('of a run of the first version hides what its passwords hold in clear, the longest first', () => {
    const params = ['pass', 'password-2', ''].map((value) => ({ name: 'p', type: 'password', value }));
    const shown = maskedOf(run({ params: params }));
    expect(shown.text('password-2 and pass')).toBe(`${mask} and ${mask}`);
  });

  it('what a secret holds does not become the path of a result', () => {
    const text = `cat $(results.out.path) ${box.seal('$(results.out.path)')}`;
    expect(opened(box).specText('$(results.out.path)')).toBe('$(results.out.path)');
    expect(opened(box).specText(text)).not.toBe('cat $(results.out.path) $(results.out.path)');
  });

  it.each<[string, Partial<RunSummary>, number]>([
    ['is what it took', {}, 5],
    ['is live while it runs', { phase: 'running' }, 900],
    ['never goes back where clocks differ', { phase: 'running', startTime: 2000 }, 0],
    ['is nothing before it starts', { phase: 'pending', startTime: null, duration: 0 }, 0],
    ['is 1 where it took less', { duration: 0 }, 1],
    ['of a run that was never started stays 0', { startTime: null, duration: 0 }, 0],
  ])('its duration %s', (_what, more, duration) => {
    expect(toRunBody(run(more), 1000).duration).toBe(duration);
  });

  it('has the names of today, and those that it remembers where there are none', () => {
    const workflows = new Map([['w', { name: 'new', displayName: 'New' }]]);
    const people = new Map([['ed', 'Edith']]);
    const state = run({ initiator: 'user:ed' });
    expect(toRunBody(state, 0, { names: { teamName: 'now', workflows, people } })).toMatchObject({
      workflowName: 'new',
      initiatedByUserName: 'Edith',
      annotations: { 'boomerang.io/team-name': 'now' },
    });
    expect(toRunBody(state, 0, { names: { teamName: 'now', workflows: new Map() } }).workflowName).toBe('old');
    expect(toRunBody(state, 0)).not.toHaveProperty('workflowName');
  });
});

describe('the conditions of a search', () => {
  const within = { kind: 'team', team: { id: 't', name: 'a' }, permissions: [], ofInstallation: false } as const;

  it('number their values as they come', () => {
    const conditions = new Conditions().add('a = ?', 1).add('b = ?', 2);
    expect([conditions.value(3), conditions.sql, conditions.values]).toEqual(['$3', 'a = $1 and b = $2', [1, 2, 3]]);
    expect(new Conditions().sql).toBe('true');
  });

  it('always begin with the reach, whatever is asked for', () => {
    const asked = { workflows: ['x'], statuses: [], labels: { a: 'b' } };
    const own = { kind: 'workflow', team: within.team, workflowId: 'w', permissions: [] } as const;
    for (const conditionsOf of [countConditions, statusConditions, runConditions]) {
      expect(conditionsOf(within, asked).sql).toMatch(/^team_id = \$1::uuid and /);
      expect(conditionsOf(own, {}).sql).toBe('team_id = $1::uuid and workflow_id = $2::uuid');
    }
    expect(statusConditions(within, asked).values).toEqual(['t', ['x'], [], 't', 'a', 'b']);
    expect(runConditions(within, asked).values).toEqual(['t', ['x'], 't', 'a', 'b']);
  });

  it('are counted by days unless they name runs', () => {
    expect([{}, { labels: {} }, { runs: [] }].map(isCountable)).toEqual([true, true, false]);
  });

  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [-62_000_000_000_000, '0005-04-19T09:46:40.000Z'],
    [8_640_000_000_000_000, '9999-12-31T00:00:00.000Z'],
  ])('%i is the date %s', (milliseconds, date) => {
    expect(toDate(milliseconds)).toBe(date);
  });
});
