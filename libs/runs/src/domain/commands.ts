import type {
  Actioner,
  JsonObject,
  Labels,
  ReceivedEvent,
  RunOverlay,
  RunParam,
  RunResult,
  RunSubmission,
} from './types';

/** `now`: milliseconds since the epoch, from the shell's clock. */
interface At {
  readonly now: number;
}
/**
 * Who sends an agent's message. With `fence` it must equal the current claim's; without one (`agentIds`: the agents registered
 * with the sender's token) the item must be held by one of those agents. Absent altogether: a person or the API, not an agent.
 */
export interface Holder {
  readonly fence?: number;
  readonly agentIds?: readonly string[];
}

export interface SubmitRun extends At {
  readonly type: 'SubmitRun';
  readonly submission: RunSubmission;
  /** Start in the same decision. */
  readonly start: boolean;
}
export interface ClaimRun extends At {
  readonly type: 'ClaimRun';
  readonly agentId: string;
  readonly purpose: 'start' | 'finalize';
}
/** The lease of the claim with this fence ran out. Refuses nothing: appends nothing if the fence is no longer current. */
export interface ExpireRunLease extends At {
  readonly type: 'ExpireRunLease';
  readonly fence: number;
}
export interface StartRun extends At {
  readonly type: 'StartRun';
  readonly overlay: RunOverlay;
  readonly holder?: Holder;
}
export interface ClaimTask extends At {
  readonly type: 'ClaimTask';
  readonly taskId: string;
  readonly agentId: string;
}
export interface StartTask extends At {
  readonly type: 'StartTask';
  readonly taskId: string;
  readonly holder: Holder;
  readonly labels?: Labels;
  readonly annotations?: JsonObject;
  readonly params?: readonly RunParam[];
  readonly timeout?: number;
}
export interface EndTask extends At {
  readonly type: 'EndTask';
  readonly taskId: string;
  readonly holder: Holder;
  readonly status: 'succeeded' | 'failed' | 'invalid';
  readonly statusMessage?: string;
  readonly labels?: Labels;
  readonly annotations?: JsonObject;
  readonly results: readonly {
    readonly name: string;
    readonly description?: string | null;
    readonly value: RunParam['value'];
  }[];
}
/** Ends one task as cancelled; the run goes on. */
export interface CancelTask extends At {
  readonly type: 'CancelTask';
  readonly taskId: string;
  readonly holder: Holder;
}
/** The lease ran out: back to ready, or failed after `maxAttempts` claims. Appends nothing if the fence is not current. */
export interface ExpireTaskLease extends At {
  readonly type: 'ExpireTaskLease';
  readonly taskId: string;
  readonly fence: number;
  readonly maxAttempts: number;
}
/** The task's time limit came. Appends nothing if the task is no longer running. */
export interface TimeOutTask extends At {
  readonly type: 'TimeOutTask';
  readonly taskId: string;
  /** The time that the timer was set to. */
  readonly dueAt: number;
}
/** What a task waits for ends by itself now: a sleep, a pause, the limit of a lock. Appends nothing if it waits until another time. */
export interface WakeTask extends At {
  readonly type: 'WakeTask';
  readonly taskId: string;
  /** The time that the timer was set to. */
  readonly dueAt: number;
}
/** A person's decision on an action. */
export interface DecideAction extends At {
  readonly type: 'DecideAction';
  readonly actionId: string;
  readonly actioner: Omit<Actioner, 'date'>;
}
/** An event or callback for the run. */
export interface ReceiveEvent extends At, ReceivedEvent {
  readonly type: 'ReceiveEvent';
}
/** The lock that a task waits for is the run's now. `granted: false` in the answer's state: the task no longer waits. */
export interface GrantLock extends At {
  readonly type: 'GrantLock';
  readonly taskId: string;
  readonly key: string;
}
/**
 * What a task has asked the world for has come about or failed: its child run, its schedule, the group of its approvers. Appends
 * nothing if the task no longer waits for it.
 */
export interface SettleTask extends At {
  readonly type: 'SettleTask';
  readonly taskId: string;
  /** What the task waited for: a child, a schedule, an action. */
  readonly kind: 'child' | 'schedule' | 'action';
  readonly status: 'succeeded' | 'failed' | 'invalid' | 'cancelled' | 'timedout';
  readonly statusMessage?: string;
  readonly results: readonly RunResult[];
}
/** The run's time limit came. Appends nothing if the run is no longer running. */
export interface TimeOutRun extends At {
  readonly type: 'TimeOutRun';
}
export interface CancelRun extends At {
  readonly type: 'CancelRun';
}
export interface FinalizeRun extends At {
  readonly type: 'FinalizeRun';
  readonly holder?: Holder;
}

export type RunCommand =
  | SubmitRun
  | ClaimRun
  | ExpireRunLease
  | StartRun
  | ClaimTask
  | StartTask
  | EndTask
  | CancelTask
  | ExpireTaskLease
  | TimeOutTask
  | WakeTask
  | DecideAction
  | ReceiveEvent
  | GrantLock
  | SettleTask
  | TimeOutRun
  | CancelRun
  | FinalizeRun;
