import { assertNever, type Decider } from '#libs/kernel';

/** Who holds or waits: the task that has asked, for its run. */
export interface LockClaim {
  readonly runId: string;
  readonly taskId: string;
}

/** A lock of a team, by its key: held by one run at a time, the others queue. */
export interface LockState {
  readonly id: string;
  readonly teamId: string;
  readonly key: string;
  readonly holder: LockClaim | null;
  readonly queue: readonly LockClaim[];
}

interface At {
  readonly now: number;
}
/** Grants it, or puts the claim at the end of the queue. Repeating it changes nothing. */
export interface RequestLock extends At, LockClaim {
  readonly type: 'RequestLock';
  readonly lockId: string;
  readonly teamId: string;
  readonly key: string;
}
/** The claim is given up, held or still in the queue. The next in the queue gets the lock. */
export interface ReleaseLock extends At, LockClaim {
  readonly type: 'ReleaseLock';
}
export type LockCommand = RequestLock | ReleaseLock;

interface EventAt {
  readonly at: number;
}
export type LockEvent =
  | {
      readonly type: 'LockQueued';
      readonly data: EventAt & LockClaim & { readonly lockId: string; readonly teamId: string; readonly key: string };
    }
  | {
      readonly type: 'LockGranted';
      readonly data: EventAt & LockClaim & { readonly lockId: string; readonly teamId: string; readonly key: string };
    }
  | { readonly type: 'LockLeft'; readonly data: EventAt & LockClaim };

export const lockDecider: Decider<LockState, LockCommand, LockEvent> = {
  decide(state, command) {
    switch (command.type) {
      case 'RequestLock':
        return request(state, command);
      case 'ReleaseLock':
        return state ? release(state, command) : [];
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'LockQueued': {
        const { lockId: id, teamId, key, runId, taskId } = event.data;
        const before = state ?? { id, teamId, key, holder: null, queue: [] };
        return { ...before, queue: [...before.queue, { runId, taskId }] };
      }
      case 'LockGranted': {
        const { lockId: id, teamId, key, runId, taskId } = event.data;
        const before = state ?? { id, teamId, key, holder: null, queue: [] };
        return { ...before, holder: { runId, taskId }, queue: before.queue.filter((each) => each.taskId !== taskId) };
      }
      case 'LockLeft': {
        if (!state) throw new Error('LockLeft cannot be the first event of a lock');
        const { taskId } = event.data;
        const holder = state.holder?.taskId === taskId ? null : state.holder;
        return { ...state, holder, queue: state.queue.filter((each) => each.taskId !== taskId) };
      }
      default:
        return assertNever(event);
    }
  },
};

function request(state: LockState | null, { runId, taskId, lockId, teamId, key, now: at }: RequestLock): LockEvent[] {
  if (state?.queue.some((each) => each.taskId === taskId) || state?.holder?.taskId === taskId) return [];
  return [{ type: state?.holder ? 'LockQueued' : 'LockGranted', data: { at, runId, taskId, lockId, teamId, key } }];
}

function release(state: LockState, { runId, taskId, now: at }: ReleaseLock): LockEvent[] {
  const isHolder = state.holder?.taskId === taskId;
  if (!isHolder && !state.queue.some((each) => each.taskId === taskId)) return [];
  const left: LockEvent = { type: 'LockLeft', data: { at, runId, taskId } };
  const next = isHolder ? state.queue[0] : undefined;
  if (!next) return [left];
  const { id: lockId, teamId, key } = state;
  return [left, { type: 'LockGranted', data: { at, ...next, lockId, teamId, key } }];
}
