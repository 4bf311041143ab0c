import type { TaskType } from '#libs/kernel';

/*
 * The rules of the graph and of the task types, as plainly as they can be said: one map from name to state, looked through again
 * from the start after every step. It shares no code with the decider that it is compared with.
 */

export interface ModelEdge {
  readonly from: string;
  readonly condition: 'always' | 'success' | 'failure';
  /** Out of a decision: the value that it is for; null = default. */
  readonly value: string | null;
}

export interface ModelTask {
  readonly name: string;
  readonly type: TaskType;
  readonly after: readonly ModelEdge[];
  readonly retries: number;
  /** A required param is missing. */
  readonly isBroken: boolean;
  /** Of a decision. */
  readonly value: string;
  /** Topic, or key of a lock. */
  readonly key: string;
  /** Of setwfstatus. */
  readonly override: 'succeeded' | 'failed';
}

/** `queued`: claimed; `pausing`: between two tries. */
export type ModelStatus =
  | 'notstarted'
  | 'ready'
  | 'queued'
  | 'running'
  | 'waiting'
  | 'pausing'
  | 'succeeded'
  | 'failed'
  | 'invalid'
  | 'skipped'
  | 'cancelled'
  | 'timedout';

const over: ReadonlySet<ModelStatus> = new Set(['succeeded', 'failed', 'invalid', 'skipped', 'cancelled', 'timedout']);
const agentTypes: ReadonlySet<TaskType> = new Set(['script', 'template', 'custom', 'generic']);
/** Leases that may run out before a try counts as failed. */
export const maxLeases = 2;

export class ReferenceModel {
  run: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timedout' = 'running';
  private readonly states = new Map<string, ModelStatus>();
  /** What came when nothing waited for it, the oldest first. */
  private readonly events: { topic: string; status: 'succeeded' | 'failed' | 'invalid' }[] = [];
  private readonly locks = new Set<string>();
  private readonly tries = new Map<string, number>();
  private readonly leases = new Map<string, number>();
  private override: 'succeeded' | 'failed' | null = null;

  constructor(private readonly tasks: readonly ModelTask[]) {
    for (const { name, type } of tasks) this.states.set(name, type === 'start' ? 'succeeded' : 'notstarted');
    const reached = this.reachable();
    for (const { name } of tasks) if (!reached.has(name)) this.states.set(name, 'skipped');
    this.settle();
  }

  of(name: string): ModelStatus {
    return this.states.get(name) ?? 'notstarted';
  }

  claim(name: string): void {
    this.states.set(name, 'queued');
  }

  start(name: string): void {
    this.states.set(name, 'running');
  }

  leaseRanOut(name: string): void {
    const count = (this.leases.get(name) ?? 0) + 1;
    this.leases.set(name, count);
    if (count >= maxLeases) this.end(name, 'failed');
    else this.states.set(name, 'ready');
  }

  /** A try has ended: an agent's report, a settled child or schedule, a decision of people, a limit. */
  end(name: string, status: ModelStatus): void {
    const { type, retries } = this.task(name);
    const tries = this.tries.get(name) ?? 0;
    const isRetried = type !== 'approval' && type !== 'manual' && type !== 'eventwait';
    if (status === 'failed' && isRetried && tries < retries) {
      this.tries.set(name, tries + 1);
      this.leases.set(name, 0);
      this.states.set(name, 'pausing');
      return;
    }
    this.states.set(name, status);
    this.settle();
  }

  /** Its time has come: the end of a sleep, of a pause, or of the patience with a lock. */
  wake(name: string): void {
    if (this.of(name) === 'pausing') {
      this.begin(this.task(name));
      this.settle();
    } else this.end(name, this.task(name).type === 'acquirelock' ? 'failed' : 'succeeded');
  }

  receive(topic: string, status: 'succeeded' | 'failed' | 'invalid'): void {
    const waiting = this.tasks.filter(
      ({ name, type, key }) => type === 'eventwait' && key === topic && this.of(name) === 'waiting',
    );
    if (waiting.length === 0) this.events.push({ topic, status });
    for (const { name } of waiting) this.states.set(name, status);
    this.settle();
  }

  grant(name: string): void {
    const { key } = this.task(name);
    this.locks.add(key);
    for (const each of this.tasks) {
      if (each.type === 'acquirelock' && each.key === key && this.of(each.name) === 'waiting')
        this.states.set(each.name, 'succeeded');
    }
    this.settle();
  }

  cancel(): void {
    this.stop('cancelled');
  }

  timeOut(task?: string): void {
    if (task !== undefined) this.states.set(task, 'timedout');
    this.stop('timedout');
  }

  private task(name: string): ModelTask {
    const task = this.tasks.find((each) => each.name === name);
    if (!task) throw new Error(`The model has no task ${name}`);
    return task;
  }

  private stop(status: 'cancelled' | 'timedout'): void {
    for (const { name } of this.tasks) {
      const state = this.of(name);
      if (over.has(state)) continue;
      this.states.set(name, state === 'notstarted' || state === 'ready' ? 'skipped' : 'cancelled');
    }
    this.run = status;
  }

  private reachable(): Set<string> {
    const reached = new Set(this.tasks.filter(({ type }) => type === 'start').map(({ name }) => name));
    for (let before = -1; before !== reached.size;) {
      before = reached.size;
      for (const { name, after } of this.tasks) if (after.some(({ from }) => reached.has(from))) reached.add(name);
    }
    return reached;
  }

  /** Considers tasks until there is none to consider; then, once all others are over, the end. */
  private settle(): void {
    if (this.run !== 'running') return;
    for (;;) {
      const next = this.tasks.find(
        ({ name, type, after }) =>
          type !== 'end' && this.of(name) === 'notstarted' && after.every(({ from }) => over.has(this.of(from))),
      );
      if (!next) break;
      if (this.runs(next)) this.begin(next);
      else this.states.set(next.name, 'skipped');
    }
    const end = this.tasks.find(({ type }) => type === 'end');
    const isDone = this.tasks.every(({ name, type }) => type === 'end' || over.has(this.of(name)));
    if (!end || !isDone) return;
    const endRuns = this.runs(end);
    this.states.set(end.name, endRuns ? 'succeeded' : 'skipped');
    this.run = this.override ?? (endRuns ? 'succeeded' : 'failed');
  }

  private runs({ after }: ModelTask): boolean {
    return after.every((edge) => this.survives(edge)) && after.some(({ from }) => this.of(from) !== 'skipped');
  }

  private survives({ from, condition, value }: ModelEdge): boolean {
    const status = this.of(from);
    const source = this.task(from);
    if (source.type === 'decision') {
      if (status !== 'succeeded') return value === null;
      const conditions = this.tasks.flatMap(({ after }) =>
        after.filter((edge) => edge.from === from).map((edge) => edge.value),
      );
      return conditions.includes(source.value) ? value === source.value : value === null;
    }
    if (condition === 'always') return true;
    return condition === 'success' ? status === 'succeeded' : status === 'failed' || status === 'invalid';
  }

  private begin({ name, type, isBroken, key, override }: ModelTask): void {
    const set = (status: ModelStatus) => this.states.set(name, status);
    if (agentTypes.has(type)) set('ready');
    else if (isBroken) set('invalid');
    else if (type === 'decision' || type === 'setwfproperty') set('succeeded');
    else if (type === 'setwfstatus') {
      this.override = override;
      set('succeeded');
    } else if (type === 'releaselock') {
      this.locks.delete(key);
      set('succeeded');
    } else if (type === 'acquirelock' && this.locks.has(key)) set('succeeded');
    else if (type === 'eventwait') set(this.taken(key) ?? 'waiting');
    else set('waiting');
  }

  private taken(topic: string): 'succeeded' | 'failed' | 'invalid' | undefined {
    const oldest = this.events.findIndex((each) => each.topic === topic);
    return oldest < 0 ? undefined : this.events.splice(oldest, 1)[0]?.status;
  }
}
