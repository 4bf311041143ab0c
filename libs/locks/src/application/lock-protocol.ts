import { derivedId, type LockClaim, type NamedClaim } from '#libs/kernel';
import type { LockState } from '../domain';

/** What locks and their holders are reached through. Each answers with what was committed at that moment; others may have gone on since. */
export interface LockPorts {
  find(lockId: string): Promise<LockState | null>;
  /** The lock, if it was granted to somebody by this; else null. So does `release`. */
  request(lockId: string, teamId: string, claim: NamedClaim): Promise<LockState | null>;
  release(lockId: string, claim: LockClaim): Promise<LockState | null>;
  /** Tells the run that the lock is its own; whether it waits by the claim, or holds the lock by it. */
  tell(claim: NamedClaim, lockId: string): Promise<boolean>;
}

function lockIdOf(teamId: string, key: string): string {
  return derivedId(teamId, 'lock', key);
}

/**
 * The lock's side of what brings runs and locks together. Runs and locks are streams of their own, and messages between them may be
 * late, repeated and out of order; one holder at a time follows from two rules:
 * 1. A run acquires by a claim only while it waits by it, and is told only of a claim that was seen as the lock's holder.
 * 2. A lock is taken from a claim only once that claim was seen to be over in its run, and what is over stays so.
 * No lock is stuck: whoever becomes the holder is told, until the run has it or the claim was found to be over.
 */
export class LockProtocol {
  constructor(private readonly ports: LockPorts) {}

  find(teamId: string, key: string): Promise<LockState | null> {
    return this.ports.find(lockIdOf(teamId, key));
  }

  async request(teamId: string, claim: NamedClaim): Promise<void> {
    const lock = await this.ports.request(lockIdOf(teamId, claim.key), teamId, claim);
    // Who has just got it is told at once, so that a short limit is not used up by a second round of timers.
    if (lock) await this.tell(lock);
  }

  async release(teamId: string, claim: NamedClaim): Promise<void> {
    const lock = await this.ports.release(lockIdOf(teamId, claim.key), claim);
    if (lock) await this.tell(lock);
  }

  /** The lock was granted: whoever holds it now is told. Also finishes what a process that was killed has left half done. */
  async granted(lockId: string): Promise<void> {
    const lock = await this.ports.find(lockId);
    if (lock) await this.tell(lock);
  }

  private async tell({ id, key, holder }: LockState): Promise<void> {
    if (!holder) return;
    // It has stopped waiting in the meantime: the next one's turn, which is told by the timer that comes with being granted.
    if (!(await this.ports.tell({ ...holder, key }, id))) await this.ports.release(id, holder);
  }
}
