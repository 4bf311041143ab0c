import { fold, type TaskType, type Holder, type ExecutionCondition } from '#libs/kernel';
import {
  createRunDecider,
  nonceSpan,
  type Json,
  type PlannedTask,
  type RunCommand,
  type RunEvent,
  type RunSubmission,
  type TaskRunState,
  type WorkflowRunState,
} from '..';

/** An edge: the name of the earlier task, and its condition; `[regex]` for an edge from a decision. */
export type Edge = string;

export interface TaskSketch {
  readonly name: string;
  readonly type?: TaskType;
  readonly after?: readonly Edge[];
  readonly params?: Readonly<Record<string, Json>>;
}

/** `a`, `a:success`, `a:failure`, `a[blue]`. */
function dependency(edge: Edge): PlannedTask['dependencies'][number] {
  const [, task = '', condition = 'always', decisionCondition = ''] =
    /^([^:[]+)(?::(\w+))?(?:\[(.*)\])?$/s.exec(edge) ?? [];
  return { task, executionCondition: condition as ExecutionCondition, decisionCondition };
}

export const runId = '01900000-0000-7000-8000-000000000000';

export function submissionOf(sketches: readonly TaskSketch[], overrides: Partial<RunSubmission> = {}): RunSubmission {
  const tasks = [{ name: 'start', type: 'start' as const }, ...sketches];
  return {
    runId,
    teamId: 'team',
    teamName: 'a-team',
    workflow: { id: 'wf', revisionId: 'rev', version: 1, name: 'flow', displayName: 'Flow' },
    trigger: 'manual',
    labels: {},
    annotations: {},
    params: [],
    workspaces: [],
    timeout: 0,
    retries: 0,
    debug: false,
    tasks: tasks.map((sketch: TaskSketch) => ({
      name: sketch.name,
      type: sketch.type ?? (sketch.name === 'end' ? 'end' : 'script'),
      taskRef: null,
      taskVersion: null,
      timeout: 0,
      dependencies: (sketch.after ?? []).map(dependency),
      params: Object.entries(sketch.params ?? {}).map(([name, value]) => ({ name, value })),
      results: [],
      labels: {},
      annotations: {},
      spec: { arguments: null, command: null, envs: null, image: null, script: null, workingDir: null },
    })),
    ...overrides,
  };
}

export const decider = createRunDecider({
  matches: (pattern, value) => {
    try {
      return new RegExp(`^(?:${pattern})$`).test(value);
    } catch {
      return false;
    }
  },
  sizeOf: () => 1,
  seal: (text) => text,
  open: (value) => value,
});

/** An agent that claims, and the token of its reports. */
export const agent = { agentId: 'agent', tokenId: 'token', nonce: 7 } as const;

export function heldBy(fence?: number): Holder {
  return { tokenId: agent.tokenId, ...(fence !== undefined && { fence }) };
}

/** The fence of the claim with that number, counting releases. */
export function fenceOf(count: number): number {
  return count * nonceSpan + agent.nonce;
}

/** A run driven by commands, as the ledger would do it. */
export class Simulation {
  readonly events: RunEvent[] = [];
  state: WorkflowRunState | null = null;
  now = 1_700_000_000_000;

  send(command: WithoutNow<RunCommand>): readonly RunEvent[] {
    this.now += 7;
    const events = decider.decide(this.state, { ...command, now: this.now });
    this.state = fold(decider, this.state, events);
    this.events.push(...events);
    return events;
  }

  get run(): WorkflowRunState {
    if (!this.state) throw new Error('There is no run yet');
    return this.state;
  }

  task(name: string): TaskRunState {
    const task = this.run.tasks.find((each) => each.name === name);
    if (!task) throw new Error(`There is no task ${name}`);
    return task;
  }

  /** Claims, starts and ends every ready task as an agent would, until nothing is ready. */
  work(outcomes: Readonly<Record<string, 'succeeded' | 'failed' | 'invalid'>> = {}): this {
    for (let ready = this.ready(); ready; ready = this.ready())
      this.complete(ready.name, outcomes[ready.name] ?? 'succeeded');
    return this;
  }

  complete(name: string, status: 'succeeded' | 'failed' | 'invalid' = 'succeeded'): void {
    const { id: taskId } = this.task(name);
    this.send({ type: 'ClaimTask', taskId, ...agent });
    const holder = heldBy(this.task(name).fence);
    this.send({ type: 'StartTask', taskId, holder });
    this.send({ type: 'EndTask', taskId, holder, status, results: [] });
  }

  private ready(): TaskRunState | undefined {
    return this.run.tasks.find(({ status, phase }) => status === 'ready' && phase === 'pending');
  }
}

type WithoutNow<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

export function started(sketches: readonly TaskSketch[], overrides: Partial<RunSubmission> = {}): Simulation {
  const simulation = new Simulation();
  simulation.send({ type: 'SubmitRun', submission: submissionOf(sketches, overrides), start: true });
  return simulation;
}
