import { canonicalJson, fold, RefusedError, type RunPhase, type RunStatus } from '#libs/kernel';
import { repetitions } from '#libs/testing';
import fc from 'fast-check';
import { idOfTask, type NextClaims, nonceSpan, type WorkflowRunState } from '.';
import {
  agent,
  decider,
  fenceOf,
  heldBy,
  runId,
  Simulation,
  started,
  submissionOf,
  type TaskSketch,
} from './spec/simulation';

type Send = Parameters<Simulation['send']>[0];

/** Of the first task after `start`. */
const taskId = idOfTask(runId, 1);

const sketch: readonly TaskSketch[] = [
  { name: 'a', after: ['start'] },
  { name: 'end', after: ['a:success'] },
];

/** One run in each phase and status that a run can have. */
const situations: Readonly<Record<string, () => Simulation>> = {
  'ready/pending': () => submitted(),
  'ready/queued': () => claimed(),
  'running/running': () => started(sketch),
  'succeeded/completed': () => started(sketch).work(),
  'failed/completed': () => started(sketch).work({ a: 'failed' }),
  'cancelled/completed': () => after(started(sketch), { type: 'CancelRun' }),
  'timedout/completed': () => after(started(sketch), { type: 'TimeOutRun' }),
  'succeeded/finalized': () => after(started(sketch).work(), { type: 'FinalizeRun' }),
  'failed/finalized': () => after(started(sketch).work({ a: 'failed' }), { type: 'FinalizeRun' }),
  'cancelled/finalized': () => after(after(started(sketch), { type: 'CancelRun' }), { type: 'FinalizeRun' }),
  'timedout/finalized': () => after(after(started(sketch), { type: 'TimeOutRun' }), { type: 'FinalizeRun' }),
};

function submitted(): Simulation {
  return after(new Simulation(), { type: 'SubmitRun', submission: submissionOf(sketch), start: false });
}
function claimed(): Simulation {
  return after(submitted(), { type: 'ClaimRun', ...agent, purpose: 'start' });
}
function after(simulation: Simulation, command: Send): Simulation {
  simulation.send(command);
  return simulation;
}

const start: Send = { type: 'StartRun', overlay: {} };
const cancel: Send = { type: 'CancelRun' };
const finalize: Send = { type: 'FinalizeRun' };
const timeOut: Send = { type: 'TimeOutRun' };
const claim: Send = { type: 'ClaimRun', ...agent, agentId: 'other', purpose: 'start' };
const claimEnd: Send = { type: 'ClaimRun', ...agent, agentId: 'other', purpose: 'finalize' };
const end: Send = { type: 'EndTask', taskId, holder: heldBy(), status: 'failed', results: [] };

const refused = 'refused';
const nothing = 'nothing';

/** (phase × status × command): the result, `refused`, or `nothing` if it is so already. */
const transitions: Readonly<Record<string, readonly string[]>> = {
  // command order: start, cancel, finalize, time out, claim to start, claim to finalize
  'ready/pending': ['running/running', 'cancelled/completed', refused, nothing, 'ready/queued', refused],
  'ready/queued': ['running/running', 'cancelled/completed', refused, nothing, refused, refused],
  'running/running': [refused, 'cancelled/completed', refused, 'timedout/completed', refused, refused],
  'succeeded/completed': [refused, refused, 'succeeded/finalized', nothing, refused, 'succeeded/completed'],
  'failed/completed': [refused, refused, 'failed/finalized', nothing, refused, 'failed/completed'],
  'cancelled/completed': [refused, nothing, 'cancelled/finalized', nothing, refused, 'cancelled/completed'],
  'timedout/completed': [refused, refused, 'timedout/finalized', nothing, refused, 'timedout/completed'],
  'succeeded/finalized': [refused, refused, nothing, nothing, refused, refused],
  'failed/finalized': [refused, refused, nothing, nothing, refused, refused],
  'cancelled/finalized': [refused, nothing, nothing, nothing, refused, refused],
  'timedout/finalized': [refused, refused, nothing, nothing, refused, refused],
};
const commands = { start, cancel, finalize, timeOut, claim, claimEnd };

const cases = Object.entries(transitions).flatMap(([situation, outcomes]) =>
  Object.entries(commands).map(([name, command], index) => ({
    situation,
    name,
    command,
    expected: outcomes[index] ?? '',
  })),
);

describe('the decider', () => {
  it.each(cases)('$situation, $name: $expected', ({ situation, command, expected }) => {
    const simulation = situations[situation]?.() ?? new Simulation();
    expect(`${simulation.run.status}/${simulation.run.phase}`).toBe(situation);
    const before = canonicalJson(simulation.run);
    if (expected === refused) {
      expect(() => simulation.send(command)).toThrow(
        expect.objectContaining({ reason: 'WORKFLOWRUN_INVALID_PHASE', code: 1304 }) as Error,
      );
      expect(canonicalJson(simulation.run)).toBe(before);
      return;
    }
    const events = simulation.send(command);
    if (expected === nothing) {
      expect(events).toEqual([]);
      expect(canonicalJson(simulation.run)).toBe(before);
    } else expect(`${simulation.run.status}/${simulation.run.phase}`).toBe(expected);
  });

  it('names the phase that is and the phase that would do', () => {
    expect(() => started(sketch).send(start)).toThrow(
      'Invalid WorkflowRun request. WorkflowRun is not in the correct phase. Current: running, Needed: pending or queued.',
    );
  });

  it('refuses a message with an old fence, and changes nothing', () => {
    const simulation = started(sketch);
    simulation.send({ type: 'ClaimTask', taskId, ...agent, agentId: 'one' });
    simulation.send({ type: 'ExpireTaskLease', taskId, fence: fenceOf(1), maxAttempts: 5 });
    simulation.send({ type: 'ClaimTask', taskId, ...agent, agentId: 'two' });
    expect(simulation.task('a').fence).toBe(fenceOf(3));
    const late: Send = {
      type: 'EndTask',
      taskId,
      holder: heldBy(fenceOf(1)),
      status: 'succeeded',
      results: [],
    };
    expect(() => simulation.send(late)).toThrow(expect.objectContaining({ status: 409 }) as Error);
    const stranger = { ...late, holder: { tokenId: 'another', fence: fenceOf(3) } };
    expect(() => simulation.send(stranger)).toThrow(RefusedError);
    simulation.send({ ...late, holder: heldBy() });
    expect(simulation.run.status).toBe('succeeded');
    expect(simulation.send({ ...late, holder: heldBy(fenceOf(3)) })).toEqual([]);
  });

  it('gives the next tasks to the agent that ends one, as far as its types, their number and their bytes allow', () => {
    const next: TaskSketch[] = ['b', 'c', 'd'].map((name) => ({ name, after: ['a'] }));
    const end = (more: Partial<NextClaims>) => {
      const simulation = started([...sketch, ...next]);
      simulation.send({ type: 'ClaimTask', taskId, ...agent, agentId: 'one' });
      const { tokenId } = agent;
      const claims = { agentId: 'one', tokenId, types: ['script'], nonces: [7, 8], maxBytes: 10_000, ...more };
      const holder = heldBy();
      const send = () => simulation.send({ type: 'EndTask', taskId, holder, status: 'succeeded', results: [], claims });
      const events = send();
      expect(send()).toEqual([]);
      const claimed = ['b', 'c', 'd'].filter((name) => simulation.task(name).agentRef === 'one');
      return { events: events.length, claimed, fences: claimed.map((name) => simulation.task(name).fence % nonceSpan) };
    };
    expect(end({})).toMatchObject({ claimed: ['b', 'c'], fences: [7, 8] });
    expect(end({ maxBytes: 1500 }).claimed).toEqual(['b']);
    expect(end({ types: ['custom'] }).claimed).toEqual([]);
    expect(end({ nonces: [] }).claimed).toEqual([]);
  });

  it('gives a task up after its last lease', () => {
    const simulation = started(sketch);
    for (let attempt = 1; attempt <= 3; attempt++) {
      simulation.send({ type: 'ClaimTask', taskId, ...agent, agentId: 'one' });
      const { fence } = simulation.task('a');
      simulation.send({ type: 'ExpireTaskLease', taskId, fence, maxAttempts: 3 });
    }
    expect(simulation.task('a')).toMatchObject({ status: 'failed', phase: 'completed' });
    expect(simulation.run.statusMessage).toContain('lease');
  });

  it('decides a join once, however its tasks end', () => {
    const names = Array.from({ length: 50 }, (_, index) => `t${index}`);
    const fan = names.map((name): TaskSketch => ({ name, after: ['start'] }));
    const simulation = started([...fan, { name: 'join', after: names }, { name: 'end', after: ['join'] }]);
    for (const name of names) simulation.complete(name);
    const joined = simulation.events.filter(
      ({ type, data }) => type === 'TaskRunReady' && 'taskId' in data && data.taskId === simulation.task('join').id,
    );
    expect(joined).toHaveLength(1);
    simulation.complete('join');
    expect(simulation.run.status).toBe('succeeded');
  });
});

const legal: Readonly<Record<RunPhase, readonly RunPhase[]>> = {
  pending: ['pending', 'queued', 'running', 'completed'],
  queued: ['pending', 'queued', 'running', 'completed'],
  running: ['running', 'completed'],
  completed: ['completed', 'finalized'],
  finalized: ['finalized'],
};

const conditions = ['', ':success', ':failure'] as const;

/** Graphs of up to eight tasks with only backward edges, so that they have no cycle. */
const graphs = fc
  .array(fc.record({ from: fc.array(fc.nat(), { maxLength: 3 }), edge: fc.nat(2), kind: fc.nat(9) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((drafts): TaskSketch[] => {
    const tasks = drafts.map(({ from, edge, kind }, index): TaskSketch => {
      const names = index === 0 || from.length === 0 ? ['start'] : [...new Set(from.map((each) => `t${each % index}`))];
      const after = names.map((name) => (name === 'start' ? name : name + (conditions[edge] ?? '')));
      if (kind === 0) return { name: `t${index}`, type: 'decision', after, params: { value: 'blue' } };
      if (kind === 1) return { name: `t${index}`, type: 'setwfproperty', after, params: { output: 'x', value: index } };
      return { name: `t${index}`, after };
    });
    return [...tasks, { name: 'end', after: [`t${tasks.length - 1}`] }];
  });

const moves = fc.array(
  fc.record({
    kind: fc.nat(15),
    task: fc.nat(8),
    fence: fc.nat(3),
    outcome: fc.constantFrom('succeeded', 'failed', 'invalid'),
  }),
  { maxLength: 40 },
);

function commandOf(
  move: { kind: number; task: number; fence: number; outcome: string },
  tasks: readonly TaskSketch[],
): Send {
  const taskId = idOfTask(runId, 1 + (move.task % tasks.length));
  const fence = fenceOf(move.fence);
  const holder = heldBy(fence);
  const status = move.outcome as 'succeeded';
  const all: readonly Send[] = [
    start,
    claim,
    claimEnd,
    { type: 'ExpireRunLease', fence },
    { type: 'ClaimTask', taskId, ...agent },
    { type: 'ClaimTask', taskId, ...agent },
    { type: 'StartTask', taskId, holder },
    { type: 'EndTask', taskId, holder, status, results: [] },
    { type: 'EndTask', taskId, holder, status, results: [{ name: 'r', value: 1 }] },
    { type: 'EndTask', taskId, holder: heldBy(), status, results: [] },
    { type: 'ExpireTaskLease', taskId, fence, maxAttempts: 2 },
    { type: 'CancelTask', taskId, holder },
    { type: 'TimeOutTask', dueAt: 0, taskId },
    move.fence === 0 ? cancel : start,
    move.fence === 0 ? timeOut : claim,
    finalize,
  ];
  return all[move.kind] ?? end;
}

const seeds = repetitions(500, 4000);

describe('any commands in any order', () => {
  it(`make no illegal transition, end for good, and fold to the same state (${seeds} seeds)`, () => {
    fc.assert(
      fc.property(graphs, moves, (tasks, sequence) => {
        const simulation = new Simulation();
        simulation.send({ type: 'SubmitRun', submission: submissionOf(tasks), start: false });
        for (const move of sequence) {
          const before = simulation.run;
          try {
            simulation.send(commandOf(move, tasks));
          } catch (error) {
            if (!(error instanceof RefusedError)) throw error;
            expect(simulation.run).toBe(before);
          }
          expectLegal(before, simulation.run);
        }
        const refolded = fold(
          decider,
          null,
          simulation.events.map((event) => JSON.parse(JSON.stringify(event)) as typeof event),
        );
        expect(canonicalJson(refolded)).toBe(canonicalJson(simulation.run));
        expectEnds(simulation);
      }),
      { numRuns: seeds },
    );
  });
});

const terminal: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled', 'timedout', 'invalid']);

/** Hundreds of thousands of steps are looked at: jest's own `expect` would take most of the time. */
function expectLegal(before: WorkflowRunState, now: WorkflowRunState): void {
  const demand = (isSo: boolean, what: string): void => {
    if (!isSo) throw new Error(`${what}: ${JSON.stringify({ before, now })}`);
  };
  demand(legal[before.phase].includes(now.phase), 'The run has made an illegal transition');
  if (before.phase === 'completed' || before.phase === 'finalized')
    demand(now.status === before.status, 'A run that had ended has another status');
  if (now.phase === 'completed') {
    demand(terminal.has(now.status), 'The run has completed without a terminal status');
    demand(
      now.tasks.every(({ phase }) => phase === 'completed'),
      'The run has completed before its tasks',
    );
  }
  demand(now.fence >= before.fence, 'The fence of the run has gone back');
  now.tasks.forEach((task, place) => {
    const was = before.tasks[place];
    if (was?.phase === 'completed') demand(task.status === was.status, 'A task that had ended has another status');
    demand(task.fence >= (was?.fence ?? 0), 'The fence of a task has gone back');
  });
}

/** After any commands, agents that do their work bring the run to its end. */
function expectEnds(simulation: Simulation): void {
  if (simulation.run.phase === 'pending' || simulation.run.phase === 'queued') simulation.send(start);
  for (let round = 0; round < 50 && simulation.run.phase === 'running'; round++) {
    for (const { id: taskId, phase, fence } of simulation.run.tasks) {
      if (phase === 'queued' || phase === 'running') {
        const done: Send = { type: 'EndTask', taskId, holder: heldBy(fence), status: 'succeeded', results: [] };
        if (simulation.run.phase === 'running') simulation.send(done);
      }
    }
    if (simulation.run.phase === 'running') simulation.work();
  }
  expect(['completed', 'finalized']).toContain(simulation.run.phase);
}
