import { decideAndEvolve, fold } from '#libs/kernel';
import { RefusedError, type TaskType } from '#libs/kernel';
import * as fc from 'fast-check';
import { type PlannedTask, type RunCommand, type RunEvent, type TaskRunState, type WorkflowRunState } from '.';
import { Chance, repetitions } from '#libs/testing';
import { maxLeases, type ModelEdge, type ModelStatus, type ModelTask, ReferenceModel } from './spec/reference-model';
import { agent, decider, heldBy, submissionOf } from './spec/simulation';

/** How many runs to try, in parts; pass the seed of a failed run to repeat it. */
const seeds = repetitions(2000, 10_000);
const onlySeed = process.env['RUNLEDGER_MODEL_SEED'];
const parts = 4;

const types: readonly TaskType[] = [
  'script',
  'template',
  'custom',
  'generic',
  'script',
  'decision',
  'decision',
  'approval',
  'manual',
  'eventwait',
  'sleep',
  'setwfproperty',
  'setwfstatus',
  'acquirelock',
  'releaselock',
  'runworkflow',
  'runscheduledworkflow',
];
const values = ['red', 'green', 'blue'];
const outcomes = ['succeeded', 'succeeded', 'succeeded', 'failed', 'invalid'] as const;

/** A graph of up to 30 tasks between start and end; some cannot be reached, some lead nowhere. */
function randomTasks(chance: Chance): ModelTask[] {
  const count = 1 + chance.below(chance.is(0.2) ? 28 : 12);
  const override = chance.of(['succeeded', 'failed'] as const);
  const plain = { retries: 0, isBroken: false, value: '', key: '', override };
  const tasks: ModelTask[] = [{ name: 'start', type: 'start', after: [], ...plain }];
  const edgeFrom = (source: ModelTask): ModelEdge => ({
    from: source.name,
    condition: chance.of(['always', 'always', 'success', 'success', 'failure'] as const),
    value: source.type === 'decision' && chance.is(0.6) ? chance.of(values) : null,
  });
  const edges = (pool: readonly ModelTask[], most: number): ModelEdge[] => {
    const sources = new Set(Array.from({ length: 1 + chance.below(most) }, () => chance.of(pool)));
    return [...sources].map(edgeFrom);
  };
  for (let index = 0; index < count; index++) {
    const type = chance.of(types);
    // Only acquirelock tasks share keys, or the two tasks of one pair: the order of a release and a claim in one
    // decision is undefined.
    const key =
      type === 'acquirelock'
        ? chance.of(['shared', `own-${index}`])
        : type === 'releaselock'
          ? `own-${chance.below(count)}`
          : `topic-${chance.below(3)}`;
    const isOrphan = chance.is(0.04);
    const nearby = tasks.slice(-6);
    tasks.push({
      name: `t${index}`,
      type,
      after: isOrphan ? [] : edges(chance.is(0.3) ? tasks : nearby, 3),
      retries: chance.is(0.35) ? 1 + chance.below(2) : 0,
      isBroken: chance.is(0.08),
      value: chance.of(values),
      key,
      override,
    });
  }
  const reached = new Set(['start']);
  for (const { name, after } of tasks) if (after.some(({ from }) => reached.has(from))) reached.add(name);
  const ends = tasks.filter(({ name }) => reached.has(name));
  const after = edges(ends.slice(-8), 4);
  tasks.push({ name: 'end', type: 'end', after, ...plain });
  return tasks;
}

function paramsOf({ type, isBroken, value, key, override }: ModelTask): PlannedTask['params'] {
  const params: Record<string, string | number> =
    {
      decision: { value },
      sleep: { duration: 50 },
      setwfproperty: { output: 'out', value: 'x' },
      setwfstatus: { status: override },
      approval: { numberOfApprovers: isBroken ? 'many' : 1 },
      manual: { instructions: 'do' },
      eventwait: { topic: key },
      acquirelock: { key, timeout: 1000 },
      releaselock: { key },
      runworkflow: { workflowRef: 'w', wait: 'true' },
      runscheduledworkflow: { workflowRef: 'w', futureIn: 1, futurePeriod: 'days' },
    }[type as string] ?? {};
  if (isBroken && type !== 'approval') return [];
  return Object.entries(params).map(([name, each]) => ({ name, value: each }));
}

/** `[status, phase]` of a task according to the model. */
const shown: Readonly<Record<ModelStatus, readonly [string, string]>> = {
  notstarted: ['notstarted', 'pending'],
  ready: ['ready', 'pending'],
  queued: ['ready', 'queued'],
  running: ['running', 'running'],
  waiting: ['waiting', 'running'],
  pausing: ['waiting', 'pending'],
  succeeded: ['succeeded', 'completed'],
  failed: ['failed', 'completed'],
  invalid: ['invalid', 'completed'],
  skipped: ['skipped', 'completed'],
  cancelled: ['cancelled', 'completed'],
  timedout: ['timedout', 'completed'],
};

type WithoutNow<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

/** One run, driven step by step, beside its model. */
class Trial {
  readonly events: RunEvent[] = [];
  state: WorkflowRunState;
  readonly model: ReferenceModel;
  private now = 1_700_000_000_000;

  constructor(
    private readonly tasks: readonly ModelTask[],
    private readonly chance: Chance,
  ) {
    const base = submissionOf([]);
    const template = base.tasks[0] as PlannedTask;
    const submission = {
      ...base,
      timeout: 60,
      tasks: tasks.map((task) => ({
        ...template,
        name: task.name,
        type: task.type,
        timeout: 5,
        retries: task.retries,
        backoff: { delay: 10, factor: 2, maxDelay: 100 },
        params: paramsOf(task),
        dependencies: task.after.map(({ from, condition, value }) => ({
          task: from,
          executionCondition: condition,
          decisionCondition: value === null ? '' : `${value}\nno-such-value`,
        })),
      })),
    };
    this.state = this.carryOut(null, { type: 'SubmitRun', submission, start: true });
    this.model = new ReferenceModel(tasks);
    this.compare();
  }

  get isOver(): boolean {
    return this.state.phase === 'completed';
  }

  send(command: WithoutNow<RunCommand>): void {
    this.state = this.carryOut(this.state, command);
  }

  /** As after a restart: only what can be read back is known of the run. */
  restart(): void {
    const read = JSON.parse(JSON.stringify(this.events)) as RunEvent[];
    const folded = fold(decider, null, read);
    expect(JSON.stringify(folded)).toBe(JSON.stringify(this.state));
    this.state = JSON.parse(JSON.stringify(this.state)) as WorkflowRunState;
  }

  step(): void {
    const { chance } = this;
    if (chance.is(0.03)) this.restart();
    if (chance.is(0.05)) this.sendStale();
    if (chance.is(0.015)) {
      this.send({ type: 'CancelRun' });
      this.model.cancel();
    } else if (chance.is(0.01)) {
      this.send({ type: 'TimeOutRun' });
      this.model.timeOut();
    } else if (chance.is(0.04)) this.receive(`topic-${chance.below(3)}`);
    else this.stepTask();
    this.compare();
  }

  private stepTask(): void {
    const open = this.state.tasks.filter(
      ({ type, phase, status }) => type !== 'end' && phase !== 'completed' && status !== 'notstarted',
    );
    const task = this.chance.of(open);
    const { id: taskId, name } = task;
    if (task.phase === 'running' && task.startTime !== null && this.chance.is(0.01)) {
      this.send({ type: 'TimeOutTask', taskId, dueAt: task.startTime + task.timeout * 60_000 });
      this.model.timeOut(name);
    } else if (task.status === 'waiting') this.stepWaiting(task);
    else this.stepAgent(task);
  }

  private stepAgent({ id: taskId, name, phase, fence }: TaskRunState): void {
    const holder = heldBy(fence);
    if (phase === 'pending') {
      this.send({ type: 'ClaimTask', taskId, ...agent });
      this.model.claim(name);
    } else if (this.chance.is(0.08)) {
      this.send({ type: 'ExpireTaskLease', taskId, fence, maxAttempts: maxLeases });
      this.model.leaseRanOut(name);
    } else if (phase === 'queued') {
      this.send({ type: 'StartTask', taskId, holder });
      this.model.start(name);
    } else if (this.chance.is(0.05)) {
      this.send({ type: 'CancelTask', taskId, holder });
      this.model.end(name, 'cancelled');
    } else {
      const status = this.chance.of(outcomes);
      this.send({ type: 'EndTask', taskId, holder, status, results: [] });
      this.model.end(name, status);
    }
  }

  private stepWaiting(task: TaskRunState): void {
    const { id: taskId, name, waitsFor, wakeAt, waitKey } = task;
    const wake = (): void => {
      this.send({ type: 'WakeTask', taskId, dueAt: wakeAt ?? 0 });
      this.model.wake(name);
    };
    switch (waitsFor) {
      case 'sleep':
      case 'backoff':
        wake();
        return;
      case 'lock':
        if (this.chance.is(0.3)) wake();
        else {
          this.send({ type: 'GrantLock', taskId, key: waitKey ?? '', tries: task.tries });
          this.model.grant(name);
        }
        return;
      case 'event':
        this.receive(waitKey ?? '');
        return;
      case 'action': {
        const approved = this.chance.is(0.6);
        const actioner = { id: 'user:ann', name: 'Ann', email: null, comments: null, approved };
        this.send({ type: 'DecideAction', actionId: task.action?.id ?? '', actioner });
        this.model.end(name, approved ? 'succeeded' : 'failed');
        return;
      }
      case 'child':
      case 'schedule': {
        const status = this.chance.of(['succeeded', 'failed', 'invalid', 'cancelled', 'timedout'] as const);
        this.send({ type: 'SettleTask', taskId, kind: waitsFor, status, results: [] });
        this.model.end(name, status);
        return;
      }
      case null:
        throw new Error(`Task ${name} waits for nothing`);
    }
  }

  private receive(topic: string): void {
    const status = this.chance.of(['succeeded', 'succeeded', 'failed', 'invalid'] as const);
    this.send({ type: 'ReceiveEvent', topic, status, data: null });
    this.model.receive(topic, status);
  }

  /** Late messages change nothing. */
  sendStale(): void {
    const before = JSON.stringify(this.state);
    const { id: taskId, fence } = this.chance.of(this.state.tasks);
    const stale: WithoutNow<RunCommand>[] = [
      { type: 'WakeTask', taskId, dueAt: 1 },
      { type: 'TimeOutTask', taskId, dueAt: 1 },
      { type: 'EndTask', taskId, holder: heldBy(fence + 7), status: 'succeeded', results: [] },
      { type: 'ExpireTaskLease', taskId, fence: fence + 7, maxAttempts: maxLeases },
      { type: 'GrantLock', taskId, key: 'no-such-key', tries: 0 },
      { type: 'SettleTask', taskId, kind: 'action', status: 'failed', results: [] },
      { type: 'StartRun', overlay: {} },
    ];
    const command = this.chance.of(stale);
    if (command.type === 'SettleTask' && this.state.tasks.find(({ id }) => id === taskId)?.waitsFor === 'action')
      return;
    try {
      this.send(command);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
    expect(JSON.stringify(this.state)).toBe(before);
  }

  compare(): void {
    for (const { name } of this.tasks) {
      const task = this.state.tasks.find((each) => each.name === name);
      const [status, phase] = shown[this.model.of(name)];
      if (task?.status !== status || task.phase !== phase) {
        throw new Error(`Task ${name} is ${task?.status ?? ''}/${task?.phase ?? ''}, and should be ${status}/${phase}`);
      }
    }
    const phase = this.model.run === 'running' ? 'running' : 'completed';
    if (this.state.status !== this.model.run || this.state.phase !== phase) {
      throw new Error(`The run is ${this.state.status}/${this.state.phase}, and should be ${this.model.run}/${phase}`);
    }
  }

  private carryOut(state: WorkflowRunState | null, command: WithoutNow<RunCommand>): WorkflowRunState {
    this.now += 3;
    const decided = decideAndEvolve(decider, state, { ...command, now: this.now });
    this.events.push(...decided.events);
    return decided.state as WorkflowRunState;
  }
}

function trial(seed: number): { steps: number; types: Set<string>; status: string } {
  const chance = new Chance(seed);
  const run = new Trial(randomTasks(chance), chance);
  let steps = 0;
  for (; !run.isOver; steps++) {
    if (steps > 2000) throw new Error('The run does not end');
    run.step();
  }
  run.restart();
  for (let again = 0; again < 3; again++) run.sendStale();
  return { steps, types: new Set(run.state.tasks.map(({ type }) => type)), status: run.state.status };
}

function tried(seed: number): ReturnType<typeof trial> {
  try {
    return trial(seed);
  } catch (error) {
    throw new Error(`RUNLEDGER_MODEL_SEED=${seed}: ${(error as Error).message}`, { cause: error });
  }
}

describe('any run does what the reference model says', () => {
  if (onlySeed !== undefined) {
    it(`seed ${onlySeed}`, () => {
      tried(Number(onlySeed));
    });
    return;
  }
  it.each(Array.from({ length: parts }, (_, part) => part))(
    `${seeds} runs, part %i of ${parts}`,
    (part) => {
      const seen = new Map<string, number>();
      const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
      const each = Math.ceil(seeds / parts);
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const { types: used, status } = tried(seed);
          for (const type of used) count(type);
          count(status);
        }),
        { numRuns: each, seed: part + 1, endOnFailure: true },
      );
      // Ensures that the test covers every case.
      for (const what of [...types, 'succeeded', 'failed', 'cancelled', 'timedout'])
        expect(seen.get(what) ?? 0).toBeGreaterThan(each / 100);
    },
    120_000,
  );
});
