import type { NamedClaim } from '#libs/kernel';
import type { Reach, ReachInTeam } from './reach';

/** Command over the bus: a task waits for a lock of its team by this claim, which gets the lock or a place in its queue. Repeating it changes nothing. */
export class ClaimLock {
  constructor(
    readonly reach: ReachInTeam,
    readonly claim: NamedClaim,
  ) {}
}

/**
 * Command over the bus: the claim is given up, held or still in the queue. May be sent only for a claim that is over in its run: such a
 * claim never comes to life again, so a late or repeated message takes the lock from no one.
 */
export class LeaveLock {
  constructor(
    readonly reach: ReachInTeam,
    readonly claim: NamedClaim,
  ) {}
}

/** Command over the bus: tells a run that the lock is its own. Answers whether the run waits by this claim, or holds the lock by it. */
export class TellLockHolder {
  declare readonly answer: boolean;
  constructor(
    readonly reach: Reach,
    readonly lockId: string,
    readonly claim: NamedClaim,
  ) {}
}
