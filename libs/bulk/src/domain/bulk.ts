import {
  assertNever,
  type BulkAction,
  type BulkStatus,
  type Decider,
  type FaultReason,
  type Json,
  type RunOutcome,
} from '#libs/kernel';

/** What came of one run. */
export interface Outcome {
  readonly outcome: RunOutcome;
  /** Why it was refused. */
  readonly reason?: FaultReason;
  readonly message?: string;
  /** The run that a retry has made. */
  readonly retryId?: string;
}

/** What a job is to do; none of it changes. */
export interface BulkOrder {
  readonly teamId: string;
  /** The only workflow that its maker reaches; null: every workflow of the team. */
  readonly workflowId: string | null;
  readonly action: BulkAction;
  /** Where a retry begins; null: at the start. */
  readonly from: string | null;
  /** By which its runs were chosen; null: they were named. */
  readonly filters: Json;
  /** Of the ledger, at which its runs were chosen. */
  readonly position: number;
  readonly reason: string | null;
  /** The actor who made it. */
  readonly by: string;
  /** The token that it was made with: the job may do what this token may. */
  readonly tokenId: string;
}

export interface BulkState extends BulkOrder {
  readonly creationDate: number;
  /** Ids, in the order in which they are worked through. */
  readonly runs: readonly string[];
  /** How many of them have their outcome: the first ones. */
  readonly done: number;
  readonly outcomes: Readonly<Record<RunOutcome, number>>;
  readonly status: BulkStatus;
  readonly statusMessage: string | null;
  readonly endDate: number | null;
  /** When the next runs are due: milliseconds since the epoch, later with each step. */
  readonly due: number;
  readonly isForgotten: boolean;
}

export interface CreateBulk {
  readonly type: 'CreateBulk';
  readonly now: number;
  readonly order: BulkOrder;
  readonly runs: readonly string[];
}
/** `from`: the place of the first of these runs. `rest`: milliseconds until the next ones are due. */
export interface RecordBulkProgress {
  readonly type: 'RecordBulkProgress';
  readonly now: number;
  readonly from: number;
  readonly outcomes: readonly Outcome[];
  readonly rest: number;
}
export interface CancelBulk {
  readonly type: 'CancelBulk';
  readonly now: number;
}
export interface StopBulk {
  readonly type: 'StopBulk';
  readonly now: number;
  readonly message: string;
}
export interface ForgetBulk {
  readonly type: 'ForgetBulk';
  readonly now: number;
}
export type BulkCommand = CreateBulk | RecordBulkProgress | CancelBulk | StopBulk | ForgetBulk;

export type BulkEvent =
  | { readonly type: 'BulkCreated'; readonly data: { readonly at: number } & BulkOrder }
  | { readonly type: 'BulkRunsChosen'; readonly data: { readonly at: number; readonly runs: readonly string[] } }
  | {
      readonly type: 'BulkProgressed';
      readonly data: { readonly at: number; readonly outcomes: readonly Outcome[]; readonly due: number };
    }
  | {
      readonly type: 'BulkEnded';
      readonly data: {
        readonly at: number;
        readonly status: Exclude<BulkStatus, 'running'>;
        readonly message: string | null;
      };
    }
  | { readonly type: 'BulkForgotten'; readonly data: { readonly at: number } };

/** Runs in one event: ids of 40 bytes. */
const runsInEvent = 1000;

/** A job over runs. Its runs are fixed when it is made; their outcomes come in their order, some at a time. */
export const bulkDecider: Decider<BulkState, BulkCommand, BulkEvent> = {
  decide(state, command) {
    if (command.type === 'CreateBulk') return state ? [] : created(command);
    if (!state) throw new Error(`${command.type} cannot be the first command of a bulk job`);
    const at = command.now;
    const isAtWork = state.status === 'running';
    switch (command.type) {
      case 'RecordBulkProgress':
        return progressed(state, command);
      case 'CancelBulk':
        return isAtWork ? [ended(at, 'cancelled')] : [];
      case 'StopBulk':
        return isAtWork ? [ended(at, 'stopped', command.message)] : [];
      case 'ForgetBulk':
        return isAtWork || state.isForgotten ? [] : [{ type: 'BulkForgotten', data: { at } }];
      default:
        return assertNever(command);
    }
  },
  evolve,
};

function created({ now: at, order, runs }: CreateBulk): BulkEvent[] {
  const chosen: BulkEvent[] = [];
  for (let from = 0; from < runs.length; from += runsInEvent) {
    chosen.push({ type: 'BulkRunsChosen', data: { at, runs: runs.slice(from, from + runsInEvent) } });
  }
  return [{ type: 'BulkCreated', data: { at, ...order } }, ...chosen];
}

/** What was done is recorded even if the job was ended meanwhile. Another process may have been faster with the same runs. */
function progressed(state: BulkState, { now: at, from, outcomes, rest }: RecordBulkProgress): BulkEvent[] {
  if (from !== state.done || outcomes.length === 0) return [];
  const due = Math.max(at + rest, state.due + 1);
  const event: BulkEvent = { type: 'BulkProgressed', data: { at, outcomes, due } };
  const isLast = from + outcomes.length >= state.runs.length;
  return isLast && state.status === 'running' ? [event, ended(at, 'completed')] : [event];
}

function ended(at: number, status: Exclude<BulkStatus, 'running'>, message: string | null = null): BulkEvent {
  return { type: 'BulkEnded', data: { at, status, message } };
}

function evolve(state: BulkState | null, event: BulkEvent): BulkState {
  if (event.type === 'BulkCreated') {
    const { at, ...order } = event.data;
    return {
      ...order,
      creationDate: at,
      runs: [],
      done: 0,
      outcomes: { done: 0, unchanged: 0, refused: 0 },
      status: 'running',
      statusMessage: null,
      endDate: null,
      due: at,
      isForgotten: false,
    };
  }
  if (!state) throw new Error(`${event.type} cannot be the first event of a bulk job`);
  switch (event.type) {
    case 'BulkRunsChosen':
      return { ...state, runs: [...state.runs, ...event.data.runs] };
    case 'BulkProgressed': {
      const outcomes = { ...state.outcomes };
      for (const { outcome } of event.data.outcomes) outcomes[outcome]++;
      return { ...state, outcomes, done: state.done + event.data.outcomes.length, due: event.data.due };
    }
    case 'BulkEnded':
      return {
        ...state,
        status: event.data.status,
        statusMessage: event.data.message,
        endDate: event.data.at,
      };
    case 'BulkForgotten':
      return { ...state, isForgotten: true };
    default:
      return assertNever(event);
  }
}
