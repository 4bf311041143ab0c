/*
 * Terminology (the field's, and the reference API's):
 * - WorkflowRun: one execution of one revision of a workflow; one stream of the ledger.
 * - TaskRun: one task of that run; part of the run's stream.
 * - status says how it goes, phase says where it stands in its life.
 * - agent: a process that executes tasks. lease: its time-limited hold on one. fence: a number that rises with every claim,
 *   so that a message of an older claim can be told from the current one's.
 */
import type { ValueRules } from '#libs/kernel';

export const statuses = [
  'notstarted',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'invalid',
  'skipped',
  'cancelled',
  'timedout',
] as const;
export type RunStatus = (typeof statuses)[number];

export const phases = ['pending', 'queued', 'running', 'completed', 'finalized'] as const;
export type RunPhase = (typeof phases)[number];

export const triggers = ['manual', 'schedule', 'webhook', 'event', 'github', 'engine', 'task'] as const;
export type RunTrigger = (typeof triggers)[number];

export const taskTypes = [
  'start',
  'end',
  'template',
  'custom',
  'generic',
  'decision',
  'approval',
  'setwfproperty',
  'manual',
  'eventwait',
  'acquirelock',
  'releaselock',
  'runworkflow',
  'runscheduledworkflow',
  'script',
  'setwfstatus',
  'sleep',
] as const;
export type TaskType = (typeof taskTypes)[number];

/** Types that wait for an agent of that type. */
export const agentTaskTypes = ['template', 'script', 'custom', 'generic'] as const satisfies readonly TaskType[];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;
export type Labels = Readonly<Record<string, string>>;

/**
 * `type` is internal: it says how the value is checked and whether it is a secret (`password`). `isTemplate`, internal too: the value is a
 * default of the definition, in whose texts tokens are looked for; all other values are data.
 */
export interface RunParam {
  readonly name: string;
  readonly value: Json;
  readonly type?: string;
  readonly isTemplate?: boolean;
}
/** A param of a task as the definition has it: a template. `declared`: what the catalogue says of the value, once it is known. */
export interface PlannedParam extends RunParam {
  readonly declared?: ValueRules & { readonly required: boolean };
}
export interface RunResult {
  readonly name: string;
  readonly description: string | null;
  readonly value: Json;
}
export interface ResultSpec {
  readonly name: string;
  readonly description: string | null;
}
export interface Workspace {
  readonly name: string;
  readonly description: string | null;
  readonly type: string | null;
  readonly optional: boolean;
  readonly spec: Json;
}
export interface TaskEnvVar {
  readonly name: string;
  readonly value: string | null;
}
export interface TaskRunSpec {
  readonly arguments: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly envs: readonly TaskEnvVar[] | null;
  readonly image: string | null;
  readonly script: string | null;
  readonly workingDir: string | null;
}

export type ExecutionCondition = 'always' | 'success' | 'failure';

export interface TaskDependency {
  /** Name of the task that this one comes after. */
  readonly task: string;
  readonly executionCondition: ExecutionCondition;
  /** Lines, each a regular expression that the decision's whole value may match. Empty = default edge. */
  readonly decisionCondition: string;
}

/** How long a task that failed waits before it is tried again: `delay`, then each time `factor` times longer, up to `maxDelay` (ms). */
export interface Backoff {
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number;
}

/** A task as the run's revision defines it. The id of its TaskRun follows from the run's id and its place: see `idOfTask`. */
export interface PlannedTask {
  readonly name: string;
  readonly type: TaskType;
  readonly taskRef: string | null;
  readonly taskVersion: number | null;
  /** Minutes; 0 = none. */
  readonly timeout: number;
  readonly dependencies: readonly TaskDependency[];
  readonly params: readonly PlannedParam[];
  readonly results: readonly ResultSpec[];
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly spec: TaskRunSpec;
  /** Times that it is tried again after it failed; absent = 0. */
  readonly retries?: number;
  readonly backoff?: Backoff;
}

/** What runs of one definition share: one frozen object for all of them, by which is kept what is worked out of it. */
export type Plan = readonly PlannedTask[];

/** What the workflow is called in a run's context params; pinned at submit. */
export interface WorkflowIdentity {
  readonly id: string;
  readonly revisionId: string;
  readonly version: number;
  readonly name: string;
  readonly displayName: string;
}

/** The merged outcome of the revision and the request: what the run starts its life with. */
export interface RunSubmission {
  readonly runId: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly workflow: WorkflowIdentity;
  readonly trigger: RunTrigger;
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly params: readonly RunParam[];
  readonly workspaces: readonly Workspace[];
  /** Minutes; 0 = none. */
  readonly timeout: number;
  /** Automatic retries after `failed` or `timedout`. */
  readonly retries: number;
  readonly debug: boolean;
  readonly tasks: Plan;
  /** Who asked for it: `token:<id>`, `user:<name>`, `schedule:<id>`. Absent in runs of the first version. */
  readonly initiator?: string;
  /** The team's maximum duration, minutes; absent or 0 = none. */
  readonly maxTimeout?: number;
  /** The task whose child this run is. */
  readonly parent?: ParentTask;
  /** How many runs stand above it: 0 for one that no task has made. */
  readonly depth?: number;
  /** Params of the installation and of the team that the run refers to, as they were when it was submitted. */
  readonly layers?: ParameterLayers;
  /** What it is a retry of; absent in a run that is none. */
  readonly retry?: RetryOf;
  /** Of a retry from a task on: what is taken over from the original, by name of task. */
  readonly reused?: Readonly<Record<string, ReusedTask>>;
}

export interface ParameterLayers {
  readonly global: readonly RunParam[];
  readonly team: readonly RunParam[];
}

/** Set by the server alone: see `retryAnnotations` for what of it is shown. */
export interface RetryOf {
  /** Id of the first original. */
  readonly of: string;
  /** Retries that led to this run, itself included: 1 for the first. */
  readonly count: number;
}

export interface ParentTask {
  readonly runId: string;
  readonly taskId: string;
  /** Whether that task ends as this run ends. */
  readonly wait: boolean;
}

/** A task of the original run that need not run again: how it ended there. */
export interface ReusedTask {
  readonly taskRunId: string;
  readonly status: RunStatus;
  readonly statusMessage: string | null;
  readonly startTime: number | null;
  readonly duration: number;
  readonly params: readonly RunParam[];
  readonly results: readonly RunResult[];
  readonly decisionValue: string | null;
}

export interface Actioner {
  /** `user:<name>` or `token:<id>`. */
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly comments: string | null;
  readonly approved: boolean;
  readonly date: number;
}

export const actionStatuses = ['submitted', 'approved', 'rejected', 'cancelled'] as const;
export type ActionStatus = (typeof actionStatuses)[number];

/** What a person is asked to decide or do. */
export interface ActionRequest {
  readonly id: string;
  readonly type: 'approval' | 'manual';
  readonly instructions: string | null;
  /** Id or name of the team's approver group whose members may decide; null = whoever may act in the team. */
  readonly approverGroupRef: string | null;
  /** Number of approvals needed. */
  readonly required: number;
}
export interface ActionState extends ActionRequest {
  readonly status: ActionStatus;
  readonly creationDate: number;
  readonly actioners: readonly Actioner[];
}

/** A run that a task has asked for. */
export interface ChildRun {
  readonly runId: string;
  /** Name or id of its workflow. */
  readonly workflow: string;
  readonly wait: boolean;
}

/** What a task waits for; how it goes on is a command of its own. */
export type TaskWait =
  | { readonly kind: 'sleep' }
  /** Its next try. */
  | { readonly kind: 'backoff' }
  | { readonly kind: 'action'; readonly action: ActionRequest }
  | { readonly kind: 'event'; readonly topic: string }
  | { readonly kind: 'lock'; readonly key: string }
  | { readonly kind: 'child'; readonly child: ChildRun }
  /** A one-off schedule that is being made. */
  | { readonly kind: 'schedule'; readonly workflow: string; readonly at: number };

export interface HeldLock {
  readonly key: string;
  readonly taskId: string;
  /** Tries of that task that had failed before the one that acquired it. */
  readonly tries: number;
}

/** An event or callback that the run was sent. */
export interface ReceivedEvent {
  readonly topic: string;
  readonly status: 'succeeded' | 'failed' | 'invalid';
  readonly data: Json;
  /** Of the data as JSON; in the state, where it may be handed to thousands of tasks. */
  readonly bytes?: number;
}

/** What a start request may add to a run that has not started. Absent = unchanged. */
export interface RunOverlay {
  readonly labels?: Labels;
  readonly annotations?: JsonObject;
  readonly params?: readonly RunParam[];
  readonly workspaces?: readonly Workspace[];
  readonly timeout?: number;
  readonly retries?: number;
  readonly debug?: boolean;
}

export interface TaskRunState {
  readonly id: string;
  readonly name: string;
  readonly type: TaskType;
  readonly taskRef: string | null;
  readonly taskVersion: number | null;
  readonly timeout: number;
  readonly dependencies: readonly TaskDependency[];
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly spec: TaskRunSpec;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  readonly statusMessage: string | null;
  readonly creationDate: number;
  readonly startTime: number | null;
  readonly duration: number;
  readonly params: readonly RunParam[];
  readonly results: readonly RunResult[];
  readonly agentRef: string | null;
  /** The token that it was claimed with. */
  readonly tokenRef: string | null;
  /** 0 until first claimed. Rises with every claim and every lease that ran out. */
  readonly fence: number;
  /** Claims so far that ended with a lease that ran out. */
  readonly attempts: number;
  /** When its waiting ends by itself (TaskRunWaiting.until): a sleep, a pause before the next try, the limit of a lock; else null. */
  readonly wakeAt: number | null;
  readonly waitsFor: TaskWait['kind'] | null;
  /** Topic or key that it waits for. */
  readonly waitKey: string | null;
  readonly retries: number;
  readonly backoff: Backoff | null;
  /** Tries so far that failed and were followed by another. */
  readonly tries: number;
  readonly action: ActionState | null;
  readonly child: ChildRun | null;
  /** The run that it has scheduled: which workflow, and the time before it is moved to a time of day. */
  readonly schedule: { readonly workflow: string; readonly at: number } | null;
  /** What the definition said, unresolved; shared with the plan. */
  readonly planned: PlannedTask;
  /** Value of a decision, once decided. */
  readonly decisionValue: string | null;
}

/** The run's state: `evolve` folded over its events. Times are milliseconds since the epoch. */
export interface WorkflowRunState {
  readonly id: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly workflow: WorkflowIdentity;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  readonly statusMessage: string | null;
  readonly creationDate: number;
  readonly startTime: number | null;
  readonly duration: number;
  readonly trigger: RunTrigger;
  readonly labels: Labels;
  readonly annotations: JsonObject;
  /** Resolved, as they are shown. */
  readonly params: readonly RunParam[];
  /** As they were asked for, unresolved: what tasks and retries resolve from. */
  readonly requestedParams: readonly RunParam[];
  readonly workspaces: readonly Workspace[];
  readonly timeout: number;
  readonly retries: number;
  readonly debug: boolean;
  readonly results: readonly RunResult[];
  readonly statusOverride: 'succeeded' | 'failed' | null;
  readonly agentRef: string | null;
  /** The token that it was claimed with. */
  readonly tokenRef: string | null;
  readonly fence: number;
  readonly attempts: number;
  /** Completed, and an agent holds it to clean up: set by WorkflowRunClaimed(finalize), unset by Released and Finalized. */
  readonly finalizing: boolean;
  readonly awaitingApproval: boolean;
  readonly initiator: string | null;
  readonly maxTimeout: number;
  readonly parent: ParentTask | null;
  readonly depth: number;
  /** What it is a retry of; absent in a run that is none. */
  readonly retry?: RetryOf;
  readonly layers: ParameterLayers;
  /** Events that nothing waited for when they came, the oldest first: the next wait on a topic takes the first of that topic. */
  readonly received: readonly ReceivedEvent[];
  /** The locks that the run holds, and the try of the task that has acquired each. */
  readonly locks: readonly HeldLock[];
  /** Bytes of all resolved params and of all results, its tasks' included; absent = 0, in runs of the first version. */
  readonly bytes?: number;
  /** What the substitutions of its tasks have cost, as the bound `run-work` counts it; absent = 0. */
  readonly work?: number;
  readonly plan: Plan;
  /** In the order of the plan; the place of a task never changes. */
  readonly tasks: readonly TaskRunState[];
}
