import { RefusedError } from '#libs/kernel';
import { Simulation, started, submissionOf, type TaskSketch } from './spec/simulation';

type Outcomes = Parameters<Simulation['work']>[0];

interface Row {
  readonly what: string;
  readonly tasks: readonly TaskSketch[];
  readonly outcomes?: Outcomes;
  readonly expected: Readonly<Record<string, string>>;
  readonly run: string;
}

const decide = (value: string): TaskSketch => ({
  name: 'switch',
  type: 'decision',
  after: ['start'],
  params: { value },
});
const branches: TaskSketch[] = [
  { name: 's1', after: ['switch[blue]'] },
  { name: 's2', after: ['switch[red]'] },
  { name: 's3', after: ['s1', 's2'] },
  { name: 'end', after: ['s3'] },
];

const table: readonly Row[] = [
  {
    what: 'a chain that goes well',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'b', after: ['a:success'] },
      { name: 'end', after: ['b'] },
    ],
    expected: { a: 'succeeded', b: 'succeeded', end: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'a failed; b(success a); end(always b)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'b', after: ['a:success'] },
      { name: 'end', after: ['b'] },
    ],
    outcomes: { a: 'failed' },
    expected: { a: 'failed', b: 'skipped', end: 'skipped' },
    run: 'failed',
  },
  {
    what: 'a failed; b(failure a); end(always b)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'b', after: ['a:failure'] },
      { name: 'end', after: ['b'] },
    ],
    outcomes: { a: 'failed' },
    expected: { b: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'a failed; end(always a)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'end', after: ['a'] },
    ],
    outcomes: { a: 'failed' },
    expected: { a: 'failed' },
    run: 'succeeded',
  },
  {
    what: 'a failed; end(success a)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'end', after: ['a:success'] },
    ],
    outcomes: { a: 'failed' },
    expected: { end: 'skipped' },
    run: 'failed',
  },
  {
    what: 'a ok, b failed; end(success a, success b)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'b', after: ['start'] },
      { name: 'end', after: ['a:success', 'b:success'] },
    ],
    outcomes: { b: 'failed' },
    expected: { a: 'succeeded', b: 'failed' },
    run: 'failed',
  },
  {
    what: 'switch=blue with a join',
    tasks: [decide('blue'), ...branches],
    expected: { s1: 'succeeded', s2: 'skipped', s3: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'switch=green without a default edge',
    tasks: [decide('green'), ...branches],
    expected: { s1: 'skipped', s2: 'skipped', s3: 'skipped' },
    run: 'failed',
  },
  {
    what: 'switch with two default edges',
    tasks: [
      decide('anything'),
      { name: 's1', after: ['switch'] },
      { name: 's2', after: ['switch'] },
      { name: 'end', after: ['s1', 's2'] },
    ],
    expected: { s1: 'succeeded', s2: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'a decision matched by one of several lines; the default edge is not taken',
    tasks: [
      decide('blue-7'),
      { name: 's1', after: ['switch[red\nblue-.*]'] },
      { name: 's2', after: ['switch'] },
      { name: 'end', after: ['s1', 's2'] },
    ],
    expected: { s1: 'succeeded', s2: 'skipped' },
    run: 'succeeded',
  },
  {
    what: 'a decision is matched as a whole',
    tasks: [
      decide('blueish'),
      { name: 's1', after: ['switch[blue]'] },
      { name: 's2', after: ['switch'] },
      { name: 'end', after: ['s1', 's2'] },
    ],
    expected: { s1: 'skipped', s2: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'a skipped decision: default edges as always, conditional ones do not survive',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'switch', type: 'decision', after: ['a:failure'], params: { value: 'blue' } },
      { name: 's1', after: ['switch[blue]'] },
      { name: 's2', after: ['switch', 'a'] },
      { name: 'end', after: ['s1', 's2'] },
    ],
    expected: { switch: 'skipped', s1: 'skipped', s2: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'rejected: x(success), y(failure); end(x, y, approval)',
    tasks: [
      { name: 'approval', after: ['start'] },
      { name: 'x', after: ['approval:success'] },
      { name: 'y', after: ['approval:failure'] },
      { name: 'end', after: ['x', 'y', 'approval'] },
    ],
    outcomes: { approval: 'failed' },
    expected: { x: 'skipped', y: 'succeeded' },
    run: 'succeeded',
  },
  {
    what: 'b failed; s(success b); d(always s): skips propagate',
    tasks: [
      { name: 'b', after: ['start'] },
      { name: 's', after: ['b:success'] },
      { name: 'd', after: ['s'] },
      { name: 'end', after: ['d'] },
    ],
    outcomes: { b: 'failed' },
    expected: { s: 'skipped', d: 'skipped' },
    run: 'failed',
  },
  {
    what: 'a invalid; b(success a), c(always a); end(always b, always c)',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'b', after: ['a:success'] },
      { name: 'c', after: ['a'] },
      { name: 'end', after: ['b', 'c'] },
    ],
    outcomes: { a: 'invalid' },
    expected: { a: 'invalid', b: 'skipped', c: 'succeeded' },
    run: 'succeeded',
  },
  ...(['succeeded', 'failed'] as const).map((outcome): Row => ({
    what: `a ${outcome}; cleanup(failure a); end(success a, always cleanup)`,
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'cleanup', after: ['a:failure'] },
      { name: 'end', after: ['a:success', 'cleanup'] },
    ],
    outcomes: { a: outcome },
    expected: { cleanup: outcome === 'failed' ? 'succeeded' : 'skipped' },
    run: outcome,
  })),
  {
    what: 'tasks without a path to end are run, waited for, and do not count',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'aside', after: ['start'] },
      { name: 'end', after: ['a'] },
    ],
    outcomes: { aside: 'failed' },
    expected: { a: 'succeeded', aside: 'failed' },
    run: 'succeeded',
  },
  {
    what: 'tasks that start does not reach are skipped',
    tasks: [
      { name: 'a', after: ['start'] },
      { name: 'orphan' },
      { name: 'child', after: ['orphan'] },
      { name: 'end', after: ['a'] },
    ],
    expected: { orphan: 'skipped', child: 'skipped' },
    run: 'succeeded',
  },
  {
    what: 'setwfstatus has the last word',
    tasks: [
      { name: 'set', type: 'setwfstatus', after: ['start'], params: { status: 'failure' } },
      { name: 'end', after: ['set'] },
    ],
    expected: { set: 'succeeded', end: 'succeeded' },
    run: 'failed',
  },
  {
    what: 'a wrong param makes the task invalid, at once',
    tasks: [
      { name: 'set', type: 'setwfstatus', after: ['start'], params: { status: 'great' } },
      { name: 'end', after: ['set:success'] },
    ],
    expected: { set: 'invalid' },
    run: 'failed',
  },
];

describe('the graph', () => {
  it.each(table)('$what', ({ tasks, outcomes, expected, run }) => {
    const simulation = started(tasks).work(outcomes);
    const statuses = Object.fromEntries(Object.keys(expected).map((name) => [name, simulation.task(name).status]));
    expect(statuses).toEqual(expected);
    expect(simulation.run).toMatchObject({ status: run, phase: 'completed' });
    expect(simulation.run.tasks.every(({ phase }) => phase === 'completed')).toBe(true);
  });

  it.each([
    [
      'a cycle',
      [
        { name: 'a', after: ['start', 'b'] },
        { name: 'b', after: ['a'] },
        { name: 'end', after: ['a'] },
      ],
      'circle',
    ],
    ['no path to end', [{ name: 'a', after: ['start'] }, { name: 'end' }], 'no path'],
    [
      'an unknown dependency',
      [
        { name: 'a', after: ['start', 'nobody'] },
        { name: 'end', after: ['a'] },
      ],
      'nobody',
    ],
  ])('refuses %s, and makes no run', (_what, tasks: TaskSketch[], message) => {
    const simulation = new Simulation();
    const submit = () => simulation.send({ type: 'SubmitRun', submission: submissionOf(tasks), start: true });
    expect(submit).toThrow(RefusedError);
    expect(submit).toThrow(message);
    expect(simulation.events).toEqual([]);
  });

  it('takes a chain and a fan of 3,000 tasks without recursion', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `t${index}`);
    const chain = names.map((name, index): TaskSketch => ({
      name,
      after: [index === 0 ? 'start' : `t${index - 1}:failure`],
    }));
    const chained = started([...chain, { name: 'end', after: ['t2999'] }]).work({ t0: 'succeeded' });
    expect(chained.run.status).toBe('failed');
    const fan = names.map((name): TaskSketch => ({ name, after: ['start'] }));
    const fanned = started([...fan, { name: 'end', after: names }]);
    expect(fanned.run.tasks.filter(({ status }) => status === 'ready')).toHaveLength(3000);
    fanned.send({ type: 'CancelRun' });
    expect(fanned.run.status).toBe('cancelled');
  });
});
