import { assertNever, type Decider, type LockClaim } from '#libs/kernel';

/** A lock of a team, by its key: held by one claim at a time, the others queue. */
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
/**
 * The claim is given up, held or still in the queue. The next in the queue gets the lock. May be sent only for a claim that is over
 * in its run: such a claim never comes to life again, so a late or repeated message takes nothing from anybody.
 */
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
        const before = state ?? unheld(event.data);
        return { ...before, queue: [...before.queue, claimOf(event.data)] };
      }
      case 'LockGranted': {
        const claim = claimOf(event.data);
        const before = state ?? unheld(event.data);
        return { ...before, holder: claim, queue: without(before.queue, claim) };
      }
      case 'LockLeft': {
        if (!state) throw new Error('LockLeft cannot be the first event of a lock');
        const holder = state.holder && isSameClaim(state.holder, event.data) ? null : state.holder;
        return { ...state, holder, queue: without(state.queue, event.data) };
      }
      default:
        return assertNever(event);
    }
  },
};

function isSameClaim(one: LockClaim, other: LockClaim): boolean {
  return one.taskId === other.taskId && one.tries === other.tries && one.runId === other.runId;
}

function request(state: LockState | null, command: RequestLock): LockEvent[] {
  if (state && hasClaim(state, command)) return [];
  const { lockId, teamId, key, now: at } = command;
  return [
    { type: state?.holder ? 'LockQueued' : 'LockGranted', data: { at, ...claimOf(command), lockId, teamId, key } },
  ];
}

function release(state: LockState, command: ReleaseLock): LockEvent[] {
  if (!hasClaim(state, command)) return [];
  const { now: at } = command;
  const left: LockEvent = { type: 'LockLeft', data: { at, ...claimOf(command) } };
  const next = state.holder && isSameClaim(state.holder, command) ? state.queue[0] : undefined;
  if (!next) return [left];
  const { id: lockId, teamId, key } = state;
  return [left, { type: 'LockGranted', data: { at, ...next, lockId, teamId, key } }];
}

function hasClaim({ holder, queue }: LockState, claim: LockClaim): boolean {
  return (holder !== null && isSameClaim(holder, claim)) || queue.some((each) => isSameClaim(each, claim));
}

function without(queue: readonly LockClaim[], claim: LockClaim): readonly LockClaim[] {
  return queue.filter((each) => !isSameClaim(each, claim));
}

function claimOf({ runId, taskId, tries }: LockClaim): LockClaim {
  return { runId, taskId, tries };
}

function unheld({ lockId: id, teamId, key }: { lockId: string; teamId: string; key: string }): LockState {
  return { id, teamId, key, holder: null, queue: [] };
}
