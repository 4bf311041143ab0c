import type { LockEvent } from '../../../locks/src/domain';
import type { RunEvent } from '../../../runs/src/domain';

interface Belief {
  readonly runId: string;
  readonly taskId: string;
  readonly tries: number;
}

/**
 * Reads the ledger in its order, and knows which run believes that it holds which lock: from LockAcquired in its stream to LockReleased
 * or to the run's end. Throws where two runs believe it of one lock, or where one lets go of what it did not have.
 */
export class Believers {
  /** Locks that were acquired so far. */
  acquired = 0;
  private readonly holders = new Map<string, Belief>();
  private readonly teams = new Map<string, string>();

  see(streamId: string, { type, data }: RunEvent | LockEvent): void {
    switch (type) {
      case 'WorkflowRunSubmitted':
        this.teams.set(streamId, data.teamId);
        return;
      case 'LockAcquired': {
        const lock = this.lockOf(streamId, data.key);
        const holder = this.holders.get(lock);
        if (holder)
          throw new Error(`Lock ${lock} is held by ${told(holder)}, and acquired by ${streamId} ${told(data)}`);
        this.holders.set(lock, { runId: streamId, taskId: data.taskId, tries: data.tries });
        this.acquired++;
        return;
      }
      case 'LockReleased': {
        const lock = this.lockOf(streamId, data.key);
        const holder = this.holders.get(lock);
        if (holder?.runId !== streamId || holder.taskId !== data.taskId || holder.tries !== data.tries)
          throw new Error(`Lock ${lock} is released by ${told(data)}, and held by ${holder ? told(holder) : 'nobody'}`);
        this.holders.delete(lock);
        return;
      }
      case 'WorkflowRunCompleted':
      case 'WorkflowRunCancelled':
      case 'WorkflowRunTimedOut':
        for (const [lock, { runId }] of this.holders) if (runId === streamId) this.holders.delete(lock);
        return;
      default:
    }
  }

  get count(): number {
    return this.holders.size;
  }

  private lockOf(runId: string, key: string): string {
    return `${this.teams.get(runId) ?? ''}/${key}`;
  }
}

function told({ taskId, tries }: { readonly taskId: string; readonly tries: number }): string {
  return `${taskId}, try ${tries}`;
}
