/*
 * Terminology (the field's, and the reference API's):
 * - WorkflowRun: one execution of one revision of a workflow; one stream of the ledger.
 * - TaskRun: one task of that run; part of the run's stream.
 * - status says how it goes, phase says where it stands in its life.
 * - agent: a process that executes tasks. lease: its time-limited hold on one. fence: a number that rises with every claim,
 *   so that a message of an older claim can be told from the current one's.
 */
import type {
  ActionStatus,
  ActionType,
  EndStatus,
  ExecutionCondition,
  Json,
  JsonObject,
  Labels,
  RunPhase,
  RunStatus,
  RunTrigger,
  TaskType,
  ValueRules,
} from '#libs/kernel';

export type { Json, JsonObject, Labels } from '#libs/kernel';

/**
 * `type` is internal: it says how the value is checked and whether it is a secret (`password`). `isTemplate`, also
 * internal: the value is a default of the definition, with tokens to substitute; all other values are data.
 */
export interface RunParam {
  readonly name: string;
  readonly value: Json;
  readonly type?: string;
  readonly isTemplate?: boolean;
}
/**
 * A param of a task in the definition: a template. `declared`: the catalogue's declaration, for a value that is known
 * only later.
 */
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
  /** The search by text finds runs by its value. */
  readonly searchable?: true;
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

export interface TaskDependency {
  /** Name of the task that this one depends on. */
  readonly task: string;
  readonly executionCondition: ExecutionCondition;
  /** Lines, each a regular expression that may match the decision's whole value. Empty = default edge. */
  readonly decisionCondition: string;
}

/**
 * How long a failed task waits before its next try: `delay`, then each time `factor` times longer, up to `maxDelay`
 * (ms).
 */
export interface Backoff {
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number;
}

/** A task as the run's revision defines it. The id of its TaskRun follows from the run's id and the task's index: see `idOfTask`. */
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
  /** How often the task is retried after a failure; absent = 0. */
  readonly retries?: number;
  readonly backoff?: Backoff;
}

/** The tasks that all runs of one definition share: one frozen object, and the key of everything computed from it. */
export type Plan = readonly PlannedTask[];

/** The workflow's name in a run's context params; pinned at submit. */
export interface WorkflowIdentity {
  readonly id: string;
  readonly revisionId: string;
  readonly version: number;
  readonly name: string;
  readonly displayName: string;
}

/** The merged revision and request: the start of a run. */
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
  /** Who requested it: `token:<id>`, `user:<name>`, `schedule:<id>`. Absent in runs of the first version. */
  readonly initiator?: string;
  /** The team's maximum duration, minutes; absent or 0 = none. */
  readonly maxTimeout?: number;
  /** The task that made this run as its child. */
  readonly parent?: ParentTask;
  /** How many runs are above it: 0 for one that no task has made. */
  readonly depth?: number;
  /** Params of the installation and of the team that the run refers to, with their values at submit. */
  readonly layers?: ParameterLayers;
  /** The run that it retries; absent if it is no retry. */
  readonly retry?: RetryOf;
  /** Where it stands in a trace (W3C Trace Context): of the request that made it, or of what in the server did. */
  readonly traceparent?: string;
  /** For a retry from a task on: what it reuses from the original, by name of task. */
  readonly reused?: Readonly<Record<string, ReusedTask>>;
}

export interface ParameterLayers {
  readonly global: readonly RunParam[];
  readonly team: readonly RunParam[];
}

/** Only the server sets it; `retryAnnotations` says what answers show of it. */
export interface RetryOf {
  /** Id of the first run. */
  readonly of: string;
  /** Retries that led to this run, including itself: 1 for the first. */
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

/** What a person is asked to decide or do. */
export interface ActionRequest {
  readonly id: string;
  readonly type: ActionType;
  readonly instructions: string | null;
  /**
   * Id or name of the team's approver group with the members who may decide; null = everybody who may act in the team.
   */
  readonly approverGroupRef: string | null;
  /** Number of approvals needed. */
  readonly required: number;
}
export interface ActionState extends ActionRequest {
  readonly status: ActionStatus;
  readonly creationDate: number;
  readonly actioners: readonly Actioner[];
}

/** A run that a task requested. */
export interface ChildRun {
  readonly runId: string;
  /** Name or id of its workflow. */
  readonly workflow: string;
  readonly wait: boolean;
}

/** What a task waits for; separate commands let it go on. */
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
  /** How many tries of that task failed before the one that acquired the lock. */
  readonly tries: number;
}

/** An event or callback that was sent to the run. */
export interface ReceivedEvent {
  readonly topic: string;
  readonly status: EndStatus;
  readonly data: Json;
  /** Size of the data as JSON; stored in the state, because thousands of tasks may get the event. */
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
  /** The token that claimed it. */
  readonly tokenRef: string | null;
  /** 0 until it is first claimed. Rises with every claim and every expired lease. */
  readonly fence: number;
  /** How many claims ended with an expired lease so far. */
  readonly attempts: number;
  /**
   * When its wait ends by itself (TaskRunWaiting.until): a sleep, the backoff before the next try, the time limit of a
   * lock wait; else null.
   */
  readonly wakeAt: number | null;
  readonly waitsFor: TaskWait['kind'] | null;
  /** Topic or key that it waits for. */
  readonly waitKey: string | null;
  readonly retries: number;
  readonly backoff: Backoff | null;
  /** How many tries failed and were followed by another so far. */
  readonly tries: number;
  readonly action: ActionState | null;
  readonly child: ChildRun | null;
  /** The run that it has scheduled: the workflow, and the time before it is moved to a time of day. */
  readonly schedule: { readonly workflow: string; readonly at: number } | null;
  /** The definition's values, unresolved, shared with the plan: a retry begins with them. */
  readonly planned: PlannedTask;
  /** Value of a decision, once decided. */
  readonly decisionValue: string | null;
}

/** The run's state: the fold of its events with `evolve`. Times are milliseconds since the epoch. */
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
  /** Resolved, as answers show them. */
  readonly params: readonly RunParam[];
  /** As requested, unresolved: tasks and retries resolve from them. */
  readonly requestedParams: readonly RunParam[];
  readonly workspaces: readonly Workspace[];
  readonly timeout: number;
  readonly retries: number;
  readonly debug: boolean;
  readonly results: readonly RunResult[];
  readonly statusOverride: 'succeeded' | 'failed' | null;
  readonly agentRef: string | null;
  /** The token that claimed it. */
  readonly tokenRef: string | null;
  readonly fence: number;
  readonly attempts: number;
  /**
   * Completed, and an agent holds it to clean up: set by WorkflowRunClaimed(finalize), unset by Released and Finalized.
   */
  readonly finalizing: boolean;
  readonly awaitingApproval: boolean;
  readonly initiator: string | null;
  readonly maxTimeout: number;
  readonly parent: ParentTask | null;
  readonly depth: number;
  /** The run that it retries; absent if it is no retry. */
  readonly retry?: RetryOf;
  /** See `RunSubmission.traceparent`. */
  readonly traceparent?: string;
  readonly layers: ParameterLayers;
  /**
   * Events that nothing waited for when they came, oldest first: the next wait on a topic takes the first of that
   * topic.
   */
  readonly received: readonly ReceivedEvent[];
  /** The locks that the run holds, with the try of the task that acquired each. */
  readonly locks: readonly HeldLock[];
  /** Bytes of all resolved params and all results, including its tasks'; absent = 0, in runs of the first version. */
  readonly bytes?: number;
  /** The cost of its tasks' substitutions, as the bound `run-work` counts it; absent = 0. */
  readonly work?: number;
  readonly plan: Plan;
  /** In the order of the plan; the index of a task never changes. */
  readonly tasks: readonly TaskRunState[];
}
