import type { Json, TaskRunState } from '.';
import { agent, decider, heldBy, Simulation, started, submissionOf, type TaskSketch } from './spec/simulation';

const large = 'x'.repeat(1536 * 1024);
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
/** One after the other, each independent of how the one before ended. */
const chain = (type?: 'eventwait'): TaskSketch[] => [
  ...names.map((name, at) => ({
    name,
    after: [names[at - 1] ?? 'start'],
    ...(type && { type, params: { topic: name } }),
  })),
  { name: 'end', after: ['f'] },
];

function statuses(simulation: Simulation): string[] {
  return names.map((name) => simulation.task(name).status);
}

function expectRefused(task: TaskRunState, status = 'failed'): void {
  expect(task).toMatchObject({
    status,
    statusMessage: expect.stringContaining('bound run-bytes: 8388608') as string,
  });
  expect(task.results.some(({ value }) => value === large)).toBe(false);
}

const tooMuch = ['succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed'];

describe('the bytes of a run', () => {
  it('count the results that agents report, and come out of its events again', () => {
    const simulation = started(chain());
    for (const name of names) {
      const { id: taskId } = simulation.task(name);
      simulation.send({ type: 'ClaimTask', taskId, ...agent });
      const holder = heldBy(simulation.task(name).fence);
      simulation.send({ type: 'StartTask', taskId, holder });
      simulation.send({ type: 'EndTask', taskId, holder, status: 'succeeded', results: [{ name: 'r', value: large }] });
    }
    expect(statuses(simulation)).toEqual(tooMuch);
    expectRefused(simulation.task('f'));
    const again = simulation.events.reduce<Simulation['state']>((state, event) => decider.evolve(state, event), null);
    expect(again?.bytes).toBe(simulation.run.bytes);
  });

  it('count what events bring', () => {
    const simulation = started(chain('eventwait'));
    for (const topic of names) simulation.send({ type: 'ReceiveEvent', topic, status: 'succeeded', data: large });
    expect(statuses(simulation)).toEqual(tooMuch);
    expectRefused(simulation.task('f'));
  });

  it('hold two of three results of the run that are 400 KiB each', () => {
    const value: Json = 'x'.repeat(400 * 1024);
    const tasks = names.map((name, at): TaskSketch => ({
      name,
      type: 'setwfproperty',
      after: [names[at - 1] ?? 'start'],
      params: { output: name, value },
    }));
    const simulation = started([...tasks, { name: 'end', after: ['f'] }]);
    expect(statuses(simulation)).toEqual(['succeeded', 'succeeded', 'invalid', 'invalid', 'invalid', 'invalid']);
    expect(simulation.run.results).toHaveLength(2);
    expect(simulation.task('c').statusMessage).toContain('at most 1048576 bytes');
  });

  it('count the params that agents add, and refuse them', () => {
    const simulation = started(chain());
    const { id: taskId } = simulation.task('a');
    simulation.send({ type: 'ClaimTask', taskId, ...agent });
    const holder = heldBy(simulation.task('a').fence);
    const params = names.map((name) => ({ name, value: large }));
    expect(() => simulation.send({ type: 'StartTask', taskId, holder, params })).toThrow(/run-bytes/);
    simulation.send({ type: 'StartTask', taskId, holder, params: params.slice(0, 5) });
    expect(simulation.run.bytes).toBeGreaterThan(5 * large.length);
  });

  it('of one task are bounded too', () => {
    const reached = started([
      { name: 'a', after: ['start'], params: { one: large, two: large, three: large } },
      { name: 'end', after: ['a'] },
    ]);
    expect(reached.task('a')).toMatchObject({
      status: 'invalid',
      statusMessage: expect.stringContaining('bound task-bytes: 4194304') as string,
    });
  });

  it('are no way around the work: tokens count where they bring nothing', () => {
    const tasks = Array.from({ length: 32 }, (_, at): TaskSketch => ({
      name: `t${at}`,
      type: 'decision',
      after: ['start'],
      params: { value: 'x', d: '$(params.d)' },
    }));
    const params = [
      { name: 'e', value: '' },
      { name: 'd', value: '$(params.e)'.repeat(9000), isTemplate: true },
    ];
    const simulation = started([...tasks, { name: 'end', after: ['t0'] }], { params });
    const ended = tasks.map(({ name }) => simulation.task(name));
    const worn = ended.filter(({ statusMessage }) => statusMessage?.includes('bound run-work: 33554432'));
    expect(ended[29]).toMatchObject({ status: 'succeeded' });
    expect(worn.map(({ name, status }) => [name, status])).toEqual([
      ['t30', 'invalid'],
      ['t31', 'invalid'],
    ]);
  });

  it('of the params are refused at submit', () => {
    const params = names.map((name) => ({ name, value: large }));
    const submission = submissionOf(chain(), { params });
    expect(() => new Simulation().send({ type: 'SubmitRun', submission, start: false })).toThrow(/run-bytes/);
  });
});
