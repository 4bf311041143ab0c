import type { NamedClaim } from '#libs/kernel';
import { findLockClaim, isLiveClaim, type WorkflowRunState } from '../domain';

/** What the runs and their team's locks are reached through. */
export interface LockRequestPorts {
  findRun(runId: string): Promise<WorkflowRunState | null>;
  claim(run: WorkflowRunState, claim: NamedClaim): Promise<void>;
  leave(run: WorkflowRunState, claim: NamedClaim): Promise<void>;
}

/**
 * The run's side of what brings runs and locks together; `libs/locks` has the other side, and the rules. A lock is asked for while a task
 * waits by the claim, and given back once the claim is over.
 */
export class LockRequests {
  constructor(private readonly ports: LockRequestPorts) {}

  /** A task of the run has begun to wait by this claim. */
  async request(runId: string, claimId: string): Promise<void> {
    const run = await this.ports.findRun(runId);
    const claim = run && findLockClaim(run, claimId);
    if (claim && isLiveClaim(run, claim)) await this.ports.claim(run, claim);
  }

  /** The claim is over in the run: given up, released, or ended with the run. */
  async release(runId: string, claimId: string): Promise<void> {
    const run = await this.ports.findRun(runId);
    const claim = run && findLockClaim(run, claimId);
    if (claim && !isLiveClaim(run, claim)) await this.ports.leave(run, claim);
  }
}
