import { type WaitBody, type WaitKind, waitKinds } from '#libs/contracts';
import type { TaskType } from '#libs/kernel';
import { idOfTask } from '../domain';
import { agent, heldBy, runId, Simulation, started, submissionOf, type TaskSketch } from '../domain/spec/simulation';
import { explainRun } from './explain-run';
import type { RunFacts } from './run-facts';

const now = 1_700_000_000_000;
const hour = 3_600_000;
const otherRun = '01900000-0000-7000-8000-00000000aa00';
/** Of the first task after `start`. */
const taskId = idOfTask(runId, 1);

const known: RunFacts = {
  now,
  teamName: 'a-team',
  knowsTeam: true,
  since: new Map([
    [runId, now],
    [taskId, now + 1000],
  ]),
  end: null,
  endedAt: null,
  names: new Map([
    ['agent:agent', 'builder'],
    ['user:ann', 'Ann'],
  ]),
  items: new Map(),
  agents: new Map(),
  locks: new Map(),
  groups: new Map(),
  runs: new Map(),
  timers: new Set(),
  quota: null,
};
const since = new Date(now + 1000).toISOString().replace('Z', '+00:00');
const later = new Date(now + hour).toISOString().replace('Z', '+00:00');
const nearby = { id: otherRun, workflowName: 'other', status: 'running', phase: 'running', isRetried: false } as const;
const leased = { id: taskId, state: 'leased', since: now, agentId: 'agent', leaseUntil: now + hour } as const;

const sketchOf = (type: TaskType, params: TaskSketch['params'] = {}): TaskSketch[] => [
  { name: 'a', type, after: ['start'], params },
  { name: 'end', after: ['a'] },
];
const of = (type: TaskType, params: TaskSketch['params'] = {}) => started(sketchOf(type, params));
const submitted = (): Simulation => {
  const simulation = new Simulation();
  simulation.send({ type: 'SubmitRun', submission: submissionOf(sketchOf('script')), start: false });
  return simulation;
};
const after = (simulation: Simulation, ...commands: Parameters<Simulation['send']>[0][]): Simulation => {
  for (const command of commands) simulation.send(command);
  return simulation;
};
const claim = { type: 'ClaimTask', taskId, ...agent } as const;
const claimed = () => after(of('script'), claim);
const running = () => {
  const simulation = claimed();
  return after(simulation, { type: 'StartTask', taskId, holder: heldBy(simulation.task('a').fence) });
};
const ofTask = { kind: 'task' } as const;
const ofRun = { kind: 'run' } as const;

interface Row {
  readonly what: string;
  readonly kind: WaitKind;
  readonly of: typeof ofTask | typeof ofRun;
  readonly name?: string;
  readonly run: () => Simulation;
  readonly facts?: Partial<RunFacts>;
  readonly says: string;
  readonly wait?: Partial<WaitBody>;
}

const rows: readonly Row[] = [
  {
    what: 'a run that nobody has started',
    kind: 'agent-for-run',
    of: ofRun,
    run: submitted,
    facts: { agents: new Map([['run', { type: 'run', count: 1, agents: [{ id: 'agent', name: 'builder' }] }]]) },
    says: 'The run waits for an agent, or somebody who may act on runs, to start it; one living agent serves the team.',
    wait: {
      who: [
        { kind: 'agents', count: 1 },
        { kind: 'agent', id: 'agent', name: 'builder' },
        { kind: 'team', name: 'a-team' },
      ],
    },
  },
  {
    what: 'a run that an agent is about to start',
    kind: 'run-held',
    of: ofRun,
    run: () => after(submitted(), { type: 'ClaimRun', ...agent, purpose: 'start' }),
    facts: { items: new Map([[runId, { ...leased, id: runId }]]) },
    says: `The run waits for agent builder, which holds it, to start it. If it does not by ${later}, another agent may.`,
    wait: { until: later },
  },
  {
    what: 'a task of a run that has not started',
    kind: 'start',
    of: ofTask,
    run: submitted,
    says: 'Task a waits for the run to start.',
  },
  {
    what: 'a task behind others',
    kind: 'dependencies',
    of: ofTask,
    name: 'end',
    run: () => of('script'),
    says: 'Task end waits until a (ready) has ended.',
    wait: { who: [{ kind: 'task', id: taskId, name: 'a', status: 'ready' }] },
  },
  {
    what: 'a task that no agent takes',
    kind: 'agent',
    of: ofTask,
    run: () => of('script'),
    says: 'Task a waits for an agent that takes tasks of type script; no living agent that serves the team takes such tasks: start one, or end the run.',
    wait: { since, who: [{ kind: 'agents', taskType: 'script', count: 0 }] },
  },
  {
    what: 'a task whose agent went silent, and that others may take',
    kind: 'agent',
    of: ofTask,
    run: () => {
      const simulation = claimed();
      const { fence } = simulation.task('a');
      return after(simulation, { type: 'ExpireTaskLease', taskId, fence, maxAttempts: 5 });
    },
    facts: { agents: new Map([['script', { type: 'script', count: 2, agents: [] }]]) },
    says: 'Task a waits for an agent that takes tasks of type script; 2 living agents take such tasks. Once an agent took it and went silent.',
  },
  {
    what: 'a claimed task',
    kind: 'claimed',
    of: ofTask,
    run: claimed,
    facts: { items: new Map([[taskId, leased]]) },
    says: `Task a has been claimed by agent builder, which has not started it yet. If the agent does not show by ${later} that it lives, the task is taken back.`,
    wait: { since, until: later, who: [{ kind: 'agent', id: 'agent', name: 'builder' }] },
  },
  {
    what: 'a task that an agent runs',
    kind: 'agent-runs',
    of: ofTask,
    run: running,
    says: 'Task a runs on agent builder.',
    wait: { since, who: [{ kind: 'agent', id: 'agent', name: 'builder' }] },
  },
  {
    what: 'a task whose agent is silent',
    kind: 'agent-runs',
    of: ofTask,
    run: running,
    facts: { now: now + 2 * hour, items: new Map([[taskId, leased]]), names: new Map() },
    says: `Task a runs on agent agent. The agent has been silent since its claim ran out at ${later}: the task is about to be taken back.`,
  },
  {
    what: 'a sleep',
    kind: 'sleep',
    of: ofTask,
    run: () => of('sleep', { duration: hour - 7 }),
    says: `Task a sleeps until ${later}.`,
    wait: { since, until: later, who: [] },
  },
  {
    what: 'the pause before another try',
    kind: 'backoff',
    of: ofTask,
    run: () => {
      const simulation = started(sketchOf('script'));
      const { state } = simulation;
      if (state) {
        const tasks = state.tasks.map((each) => (each.id === taskId ? { ...each, retries: 2 } : each));
        simulation.state = { ...state, tasks };
      }
      simulation.complete('a', 'failed');
      return simulation;
    },
    says: 'Task a waits until 2023-11-14T22:13:21.028+00:00 for try 2 of 3. It failed: The task failed.',
    wait: { until: '2023-11-14T22:13:21.028+00:00' },
  },
  {
    what: 'an approval by a group',
    kind: 'approval',
    of: ofTask,
    run: () => of('approval', { approverGroupId: 'release', numberOfApprovers: 2 }),
    facts: { groups: new Map([['release', { id: 'g', name: 'Release', approvers: ['ann', 'bob'] }]]) },
    says: 'Task a waits for the approval of a member of the approver group Release, or an owner of the team. 0 of 2 approvals have been given.',
    wait: {
      who: [
        { kind: 'approver-group', id: 'g', name: 'Release' },
        { kind: 'member', id: 'ann', name: 'Ann' },
        { kind: 'member', id: 'bob' },
      ],
    },
  },
  {
    what: 'an approval, to somebody who may not see the team',
    kind: 'approval',
    of: ofTask,
    run: () => of('approval', { approverGroupId: 'release' }),
    facts: { knowsTeam: false, groups: new Map([['release', { id: 'g', name: 'Release', approvers: ['ann'] }]]) },
    says: 'Task a waits for the approval of a member of the approver group Release, or an owner of the team. 0 of 1 approvals have been given.',
    wait: { who: [{ kind: 'approver-group', id: 'g', name: 'Release' }] },
  },
  {
    what: 'a manual task',
    kind: 'manual',
    of: ofTask,
    run: () => of('manual', { instructions: 'Water the plants' }),
    says: 'Task a waits for a member of the team who may act on it to do it.',
    wait: { who: [{ kind: 'team', name: 'a-team' }] },
  },
  {
    what: 'an event',
    kind: 'event',
    of: ofTask,
    run: () => of('eventwait', { topic: 'news' }),
    says: 'Task a waits for an event or a callback on the topic news.',
    wait: { since, who: [] },
  },
  {
    what: 'a lock that another run holds',
    kind: 'lock',
    of: ofTask,
    run: () => of('acquirelock', { key: 'deploy', timeout: hour - 7 }),
    facts: {
      locks: new Map([
        [
          'deploy',
          {
            key: 'deploy',
            holder: { runId: otherRun, taskId: 'x' },
            queue: [
              { runId: otherRun, taskId: 'y' },
              { runId, taskId },
            ],
          },
        ],
      ]),
      runs: new Map([[otherRun, nearby]]),
    },
    says: `Task a waits for the lock deploy, which run ${otherRun} of other (running) holds. 1 is ahead of it. It waits until ${later} at the latest.`,
    wait: { until: later, who: [{ kind: 'lock-holder', id: otherRun, name: 'other', status: 'running' }] },
  },
  {
    what: 'a lock, to somebody who may not see its holder',
    kind: 'lock',
    of: ofTask,
    run: () => of('acquirelock', { key: 'deploy' }),
    facts: {
      knowsTeam: false,
      locks: new Map([['deploy', { key: 'deploy', holder: { runId: otherRun, taskId: 'x' }, queue: [] }]]),
    },
    says: 'Task a waits for the lock deploy, which another run of the team holds. It is about to join the queue.',
    wait: { who: [{ kind: 'lock-holder' }] },
  },
  {
    what: 'a lock that is free',
    kind: 'lock',
    of: ofTask,
    run: () => of('acquirelock', { key: 'deploy' }),
    says: 'Task a waits for the lock deploy, which is being given to it.',
  },
  {
    what: 'a child run',
    kind: 'child-run',
    of: ofTask,
    run: () => of('runworkflow', { workflowRef: 'other', wait: true }),
    facts: {},
    says: 'which is being made.',
    wait: { since },
  },
  {
    what: 'a schedule that is being made',
    kind: 'schedule',
    of: ofTask,
    run: () => of('runscheduledworkflow', { workflowRef: 'other', futureIn: 1, futurePeriod: 'hours' }),
    says: 'Task a waits for the server to make a schedule of other for 2023-11-14T23:13:20.007+00:00.',
    wait: { since },
  },
  {
    what: 'a task that the server carries out',
    kind: 'server',
    of: ofTask,
    run: () => {
      const simulation = of('sleep', { duration: 1 });
      const { state } = simulation;
      if (state)
        simulation.state = {
          ...state,
          tasks: state.tasks.map((each) => ({ ...each, status: each.id === taskId ? 'running' : each.status })),
        };
      return simulation;
    },
    says: 'Task a is being carried out by the server.',
  },
  {
    what: 'a task that its agent must stop',
    kind: 'stopping',
    of: ofTask,
    run: () => after(running(), { type: 'CancelRun' }),
    facts: { items: new Map([[taskId, { ...leased, state: 'stopping' }]]) },
    says: 'Task a has ended cancelled; agent builder has been told to stop its work and has not confirmed it yet.',
    wait: { who: [{ kind: 'agent', id: 'agent', name: 'builder' }] },
  },
  {
    what: 'a run that the server is to retry',
    kind: 'retry',
    of: ofRun,
    run: () => started(sketchOf('script'), { retries: 3 }).work({ a: 'failed' }),
    facts: { timers: new Set(['run-retry']) },
    says: 'The server is to retry the run: retry 1 of 3.',
  },
  {
    what: 'the end of a child that its parent has not heard of',
    kind: 'parent-run',
    of: ofRun,
    run: () => started(sketchOf('script'), { parent: { runId: otherRun, taskId: 'x', wait: true } }).work(),
    facts: { timers: new Set(['parent-notify']), runs: new Map([[otherRun, nearby]]) },
    says: `The run ${otherRun}, a task of which waits for this run, is about to hear of its end.`,
    wait: { who: [{ kind: 'run', id: otherRun, name: 'other', status: 'running' }] },
  },
  {
    what: 'a run that nobody has cleaned up after',
    kind: 'agent-for-cleanup',
    of: ofRun,
    run: () => of('script').work(),
    says: 'The run has ended and waits for an agent to clean up, or for somebody to finalize it; no living agent serves the team.',
  },
  {
    what: 'a run that an agent cleans up after',
    kind: 'cleanup',
    of: ofRun,
    run: () => after(of('script').work(), { type: 'ClaimRun', ...agent, purpose: 'finalize' }),
    facts: { items: new Map([[runId, { ...leased, id: runId }]]) },
    says: 'The run has ended, and agent builder cleans up after it.',
    wait: { until: later },
  },
];

const explain = (run: Simulation, facts: Partial<RunFacts> = {}) => explainRun(run.run, 9, { ...known, ...facts });

describe('the explanation of a run', () => {
  it.each(rows.map((row) => [row.what, row] as const))('tells of %s', (_what, row) => {
    const { waits } = explain(row.run(), row.facts);
    const wait = waits.find(({ task }) => (row.of === ofRun ? task === undefined : task?.name === (row.name ?? 'a')));
    expect(wait).toMatchObject({ kind: row.kind, ...row.wait });
    expect(wait?.sentence).toContain(row.says);
  });

  it('knows every kind of wait', () => {
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(waitKinds));
  });

  it.each([
    [{ status: 'running', phase: 'running', isRetried: false }, 'which is running; its own explanation says more'],
    [{ status: 'failed', phase: 'completed', isRetried: true }, 'which ended failed and is about to be retried'],
    [
      { status: 'failed', phase: 'finalized', isRetried: false },
      'which ended failed; this task is about to hear of it',
    ],
  ] as const)('tells of a child that is %j', (child, says) => {
    const run = of('runworkflow', { workflowRef: 'other', wait: true });
    const runs = new Map([[run.task('a').child?.runId ?? '', { ...nearby, ...child }]]);
    const [wait] = explain(run, { runs }).waits;
    expect(wait?.sentence).toContain(`Task a waits for run ${otherRun} of other, ${says}.`);
  });

  it('tells of the run of a cancelled task that is still being cancelled', () => {
    const run = of('runworkflow', { workflowRef: 'other', wait: true });
    const runs = new Map([[run.task('a').child?.runId ?? '', nearby]]);
    after(run, { type: 'CancelRun' });
    const found = explain(run, { runs, timers: new Set(['child-cancel']) });
    expect(found.open).toBe(1);
    expect(found.waits.at(-1)).toMatchObject({
      kind: 'stopping',
      sentence: `Task a has ended cancelled; its run ${otherRun} of other is being cancelled.`,
    });
  });

  it('says which run waits for it, as long as that run goes on', () => {
    const run = started(sketchOf('approval'), { parent: { runId: otherRun, taskId: 'x', wait: true } });
    const above = `A task of run ${otherRun} of other waits for it.`;
    expect(explain(run, { runs: new Map([[otherRun, nearby]]) }).summary).toContain(above);
    const over = { ...nearby, status: 'cancelled', phase: 'completed' } as const;
    expect(explain(run, { runs: new Map([[otherRun, over]]) }).summary).not.toContain('waits for it');
  });

  it('names the time limit that comes first', () => {
    const [wait] = explain(started(sketchOf('approval'), { timeout: 60 })).waits;
    expect(wait?.timesOut).toEqual({ at: '2023-11-14T23:13:20.007+00:00', of: 'run' });
    expect(wait?.sentence).toContain('It times out at 2023-11-14T23:13:20.007+00:00, by the timeout of the run.');
  });

  it('says which quota is full', () => {
    const run = started(sketchOf('script'), { retries: 1 }).work({ a: 'failed' });
    const limits = { maxConcurrentRuns: 2, maxWorkflowRunMonthly: 0, maxWorkflowRunDuration: 0, maxWorkflowCount: 0 };
    const quota = {
      limits: { ...limits, maxWorkflowStorage: 0, maxWorkflowRunStorage: 0 },
      usage: { liveRuns: 2, monthlyRuns: 9 },
    };
    const [wait] = explain(run, { timers: new Set(['run-retry']), quota }).waits;
    expect(wait?.sentence).toContain("It waits for the team's quota: 2 of 2 concurrent runs are used.");
  });

  it('says how the run ended, and who cancelled it', () => {
    const cancelled = after(of('approval'), { type: 'CancelRun' });
    const end = { actor: 'user:ann', reason: 'wrong branch' };
    expect(explain(cancelled, { end, endedAt: now }).summary).toBe(
      'The run was cancelled at 2023-11-14T22:13:20.000+00:00 by Ann (user:ann), because: wrong branch.',
    );
    const failed = of('script').work({ a: 'invalid' });
    expect(explain(after(failed, { type: 'FinalizeRun' }), { endedAt: now }).summary).toMatch(
      /^The run ended succeeded at .*\. It has been finalized\.$/,
    );
  });
});
