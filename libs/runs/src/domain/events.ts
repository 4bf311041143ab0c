import type { RunStatus } from '#libs/kernel';
import type {
  Actioner,
  HeldLock,
  JsonObject,
  PlannedTask,
  ReceivedEvent,
  RunOverlay,
  RunParam,
  RunResult,
  RunSubmission,
  TaskWait,
} from './types';

/** Every event has `at`, milliseconds since the epoch: the `now` of its command. */
interface At {
  readonly at: number;
}

/** An agent's claim of an item; `tokenId`: only this token may report on it. */
interface Claim {
  readonly agentId: string;
  readonly tokenId: string;
  readonly fence: number;
}

/** notstarted/pending. Contains the merged request and the pinned tasks, unresolved. */
export interface WorkflowRunSubmitted {
  readonly type: 'WorkflowRunSubmitted';
  readonly data: At & RunSubmission;
}
/** ready/pending: the params are resolved, an agent may claim the run. */
export interface WorkflowRunQueued {
  readonly type: 'WorkflowRunQueued';
  readonly data: At & { readonly params: readonly RunParam[] };
}
/** An agent claims the run: to start it (phase pending → queued) or to finalize it (phase stays completed). */
export interface WorkflowRunClaimed {
  readonly type: 'WorkflowRunClaimed';
  readonly data: At & Claim & { readonly purpose: 'start' | 'finalize' };
}
/** The lease ran out: a queued run is ready/pending again. The fence has risen, so the old holder is refused. */
export interface WorkflowRunReleased {
  readonly type: 'WorkflowRunReleased';
  readonly data: At & { readonly fence: number };
}
export interface WorkflowRunStarted {
  readonly type: 'WorkflowRunStarted';
  readonly data: At & {
    readonly overlay?: RunOverlay;
    readonly params: readonly RunParam[];
  };
}
/** All edges into it hold: ready/pending, params resolved. */
export interface TaskRunReady {
  readonly type: 'TaskRunReady';
  readonly data: At & {
    readonly taskId: string;
    readonly params: readonly RunParam[];
    /** Resolved; absent where it is as the plan has it. */
    readonly spec?: PlannedTask['spec'];
    /** The cost of its substitution, as the bound `run-work` counts it; absent = 0. */
    readonly work?: number;
  };
}
export interface TaskRunClaimed {
  readonly type: 'TaskRunClaimed';
  readonly data: At & Claim & { readonly taskId: string };
}
export interface TaskRunReleased {
  readonly type: 'TaskRunReleased';
  /** `isGivenBack`: its agent gave it back, so it does not count as an expired claim. */
  readonly data: At & { readonly taskId: string; readonly fence: number; readonly isGivenBack?: true };
}
export interface TaskRunStarted {
  readonly type: 'TaskRunStarted';
  readonly data: At & {
    readonly taskId: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: JsonObject;
    readonly params?: readonly RunParam[];
    readonly timeout?: number;
  };
}
/**
 * waiting/running, until the thing in `for` has come (absent = a sleep). `until`: when the wait ends by itself; absent
 * = never.
 */
export interface TaskRunWaiting {
  readonly type: 'TaskRunWaiting';
  readonly data: At & { readonly taskId: string; readonly until?: number; readonly for?: TaskWait };
}
/** A try has failed and there is another: waiting/pending until then. */
export interface TaskRunRetried {
  readonly type: 'TaskRunRetried';
  readonly data: At & {
    readonly taskId: string;
    readonly until: number;
    readonly statusMessage: string;
  };
}
/** The backoff before the next try is over: ready/pending. */
export interface TaskRunRequeued {
  readonly type: 'TaskRunRequeued';
  readonly data: At & { readonly taskId: string };
}
/** A person has decided; the decision that completes the action ends the task. */
export interface ActionDecided {
  readonly type: 'ActionDecided';
  readonly data: At & { readonly taskId: string; readonly actioner: Actioner };
}
/**
 * An event or callback has come: it ends the tasks that wait for its topic; if there are none, the run keeps it for the
 * next.
 */
export interface WorkflowRunEventReceived {
  readonly type: 'WorkflowRunEventReceived';
  readonly data: At & ReceivedEvent;
}
export interface LockAcquired {
  readonly type: 'LockAcquired';
  readonly data: At & HeldLock;
}
export interface LockReleased {
  readonly type: 'LockReleased';
  readonly data: At & HeldLock;
}
export interface TaskRunEnded {
  readonly type: 'TaskRunEnded';
  readonly data: At & {
    readonly taskId: string;
    readonly status: Extract<RunStatus, 'succeeded' | 'failed' | 'invalid' | 'cancelled' | 'timedout' | 'skipped'>;
    readonly duration: number;
    readonly statusMessage?: string;
    /** The task's results from now on (already merged by name). */
    readonly results?: readonly RunResult[];
    readonly decisionValue?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: JsonObject;
    /** If the run had kept an event on this topic when the wait began: the wait has taken the oldest. */
    readonly tookEvent?: string;
  };
}
export interface WorkflowRunResultSet {
  readonly type: 'WorkflowRunResultSet';
  readonly data: At & { readonly name: string; readonly value: RunResult['value'] };
}
export interface WorkflowRunStatusOverridden {
  readonly type: 'WorkflowRunStatusOverridden';
  readonly data: At & { readonly status: 'succeeded' | 'failed' };
}
export interface WorkflowRunCompleted {
  readonly type: 'WorkflowRunCompleted';
  readonly data: At & {
    readonly status: 'succeeded' | 'failed';
    readonly duration: number;
    readonly statusMessage?: string;
  };
}
export interface WorkflowRunCancelled {
  readonly type: 'WorkflowRunCancelled';
  readonly data: At & { readonly duration: number; readonly statusMessage: string };
}
export interface WorkflowRunTimedOut {
  readonly type: 'WorkflowRunTimedOut';
  readonly data: At & {
    readonly cause: 'WorkflowRun' | 'TaskRun';
    readonly duration: number;
    readonly statusMessage: string;
  };
}
export interface WorkflowRunFinalized {
  readonly type: 'WorkflowRunFinalized';
  readonly data: At;
}

export type RunEvent =
  | WorkflowRunSubmitted
  | WorkflowRunQueued
  | WorkflowRunClaimed
  | WorkflowRunReleased
  | WorkflowRunStarted
  | TaskRunReady
  | TaskRunClaimed
  | TaskRunReleased
  | TaskRunStarted
  | TaskRunWaiting
  | TaskRunEnded
  | TaskRunRetried
  | TaskRunRequeued
  | ActionDecided
  | WorkflowRunEventReceived
  | LockAcquired
  | LockReleased
  | WorkflowRunResultSet
  | WorkflowRunStatusOverridden
  | WorkflowRunCompleted
  | WorkflowRunCancelled
  | WorkflowRunTimedOut
  | WorkflowRunFinalized;

/** Every type of event; the compiler says if one is missing. */
const allTypes: Readonly<Record<RunEvent['type'], true>> = {
  WorkflowRunSubmitted: true,
  WorkflowRunQueued: true,
  WorkflowRunClaimed: true,
  WorkflowRunReleased: true,
  WorkflowRunStarted: true,
  TaskRunReady: true,
  TaskRunClaimed: true,
  TaskRunReleased: true,
  TaskRunStarted: true,
  TaskRunWaiting: true,
  TaskRunEnded: true,
  TaskRunRetried: true,
  TaskRunRequeued: true,
  ActionDecided: true,
  WorkflowRunEventReceived: true,
  LockAcquired: true,
  LockReleased: true,
  WorkflowRunResultSet: true,
  WorkflowRunStatusOverridden: true,
  WorkflowRunCompleted: true,
  WorkflowRunCancelled: true,
  WorkflowRunTimedOut: true,
  WorkflowRunFinalized: true,
};
export const runEventTypes = Object.keys(allTypes) as readonly RunEvent['type'][];
