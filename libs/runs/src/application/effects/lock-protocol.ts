import { derivedId } from '#libs/kernel';
import {
  findLockClaim,
  isLiveClaim,
  type LockClaim,
  type LockState,
  type NamedClaim,
  type WorkflowRunState,
} from '../../domain';

/** Access to runs and locks. Each call returns what was committed at that moment; others may have changed it since. */
export interface LockPorts {
  findRun(runId: string): Promise<WorkflowRunState | null>;
  findLock(lockId: string): Promise<LockState | null>;
  /** Tells the run that it has the lock; returns its state afterwards, or null if there is no such run or task. */
  grant(claim: NamedClaim): Promise<WorkflowRunState | null>;
  /** Returns the lock if this call granted it to somebody, else null. So does `release`. */
  request(lockId: string, teamId: string, claim: NamedClaim): Promise<LockState | null>;
  release(lockId: string, claim: LockClaim): Promise<LockState | null>;
}

export function lockIdOf(teamId: string, key: string): string {
  return derivedId(teamId, 'lock', key);
}

/**
 * Connects runs and locks. Both are separate streams, and messages between them may be late, repeated and out of order.
 * Two rules ensure one holder at a time:
 * 1. A run acquires a lock through a claim only while it waits with that claim, and is told only about a claim that was
 *    seen as the lock's holder.
 * 2. A lock is taken from a claim only after the claim was seen to be over in its run, and such a claim stays over.
 * No lock gets stuck: each new holder is told until the run has the lock or its claim is found to be over.
 */
export class LockProtocol {
  constructor(private readonly ports: LockPorts) {}

  /** A task of the run has begun to wait with this claim. */
  async request(runId: string, claimId: string): Promise<void> {
    const run = await this.ports.findRun(runId);
    const claim = run && findLockClaim(run, claimId);
    if (!claim || !isLiveClaim(run, claim)) return;
    const lock = await this.ports.request(lockIdOf(run.teamId, claim.key), run.teamId, claim);
    // Tell the new holder at once, so that a short time limit does not run out during a second round of timers.
    if (lock) await this.tell(lock);
  }

  /** The lock was granted: tells its current holder. Also finishes the work of a killed process. */
  async grant(lockId: string): Promise<void> {
    const lock = await this.ports.findLock(lockId);
    if (lock) await this.tell(lock);
  }

  /** The claim is over in the run: given up, released, or ended with the run. */
  async release(runId: string, claimId: string): Promise<void> {
    const run = await this.ports.findRun(runId);
    const claim = run && findLockClaim(run, claimId);
    if (!claim || isLiveClaim(run, claim)) return;
    const lock = await this.ports.release(lockIdOf(run.teamId, claim.key), claim);
    if (lock) await this.tell(lock);
  }

  private async tell({ id, key, holder }: LockState): Promise<void> {
    if (!holder) return;
    const run = await this.ports.grant({ ...holder, key });
    // It has stopped waiting meanwhile: now it is the next claim's turn, and the timer of that grant tells it.
    if (!run || !isLiveClaim(run, holder)) await this.ports.release(id, holder);
  }
}
