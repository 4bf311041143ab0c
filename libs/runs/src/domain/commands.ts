import type { EndStatus, Holder } from '#libs/kernel';
import type {
  Actioner,
  HeldLock,
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
/** Who claims an item. */
export interface Claimer {
  readonly agentId: string;
  /** Only this token may report on the item. */
  readonly tokenId: string;
  /** The random part of the claim's fence: a whole number from 0 to 2^32 - 1. */
  readonly nonce: number;
}

export interface SubmitRun extends At {
  readonly type: 'SubmitRun';
  readonly submission: RunSubmission;
  /** Start the run in the same decision. */
  readonly start: boolean;
}
export interface ClaimRun extends At, Claimer {
  readonly type: 'ClaimRun';
  readonly purpose: 'start' | 'finalize';
}
/** The lease of the claim with this fence ran out. Never refused: appends nothing if the fence is no longer current. */
export interface ExpireRunLease extends At {
  readonly type: 'ExpireRunLease';
  readonly fence: number;
}
export interface StartRun extends At {
  readonly type: 'StartRun';
  readonly overlay: RunOverlay;
  readonly holder?: Holder;
}
export interface ClaimTask extends At, Claimer {
  readonly type: 'ClaimTask';
  readonly taskId: string;
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
/** The agent takes, in the same decision, tasks of its types that the end has made ready. */
export interface NextClaims extends Omit<Claimer, 'nonce'> {
  readonly types: readonly string[];
  /** One for each task that it takes at most. */
  readonly nonces: readonly number[];
  /** What all of these tasks may take in the answer together. */
  readonly maxBytes: number;
}
export interface EndTask extends At {
  readonly type: 'EndTask';
  readonly taskId: string;
  readonly holder: Holder;
  readonly status: EndStatus;
  readonly statusMessage?: string;
  readonly labels?: Labels;
  readonly annotations?: JsonObject;
  readonly results: readonly {
    readonly name: string;
    readonly description?: string | null;
    readonly value: RunParam['value'];
  }[];
  readonly claims?: NextClaims;
}
/** Ends one task as cancelled; the run goes on. */
export interface CancelTask extends At {
  readonly type: 'CancelTask';
  readonly taskId: string;
  readonly holder: Holder;
}
/** The agent will not do the task: back to ready, for the next agent that polls. */
export interface ReleaseTask extends At {
  readonly type: 'ReleaseTask';
  readonly taskId: string;
  readonly holder: Holder;
}
/**
 * The lease ran out: back to ready, or failed after `maxAttempts` claims. Appends nothing if the fence is not current.
 */
export interface ExpireTaskLease extends At {
  readonly type: 'ExpireTaskLease';
  readonly taskId: string;
  readonly fence: number;
  readonly maxAttempts: number;
}
/** The task's time limit is over. Appends nothing if the task is no longer running. */
export interface TimeOutTask extends At {
  readonly type: 'TimeOutTask';
  readonly taskId: string;
  /** The time that the timer was set to. */
  readonly dueAt: number;
}
/**
 * The wait of a task ends by itself: a sleep, a backoff, the time limit of a lock wait. Appends nothing if the task now
 * waits until another time.
 */
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
/**
 * The run now has the lock that a task waits for in this try. Appends nothing if the task no longer waits in this try.
 */
export interface GrantLock extends At, HeldLock {
  readonly type: 'GrantLock';
}
/**
 * Work that a task requested outside its stream has succeeded or failed: its child run, its schedule, its approver
 * group. Appends nothing if the task no longer waits for it.
 */
export interface SettleTask extends At {
  readonly type: 'SettleTask';
  readonly taskId: string;
  /** What the task waited for: a child, a schedule, an action. */
  readonly kind: 'child' | 'schedule' | 'action';
  readonly status: EndStatus | 'cancelled' | 'timedout';
  readonly statusMessage?: string;
  readonly results: readonly RunResult[];
}
/** The run's time limit is over. Appends nothing if the run is no longer running. */
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
  | ReleaseTask
  | TimeOutTask
  | WakeTask
  | DecideAction
  | ReceiveEvent
  | GrantLock
  | SettleTask
  | TimeOutRun
  | CancelRun
  | FinalizeRun;
