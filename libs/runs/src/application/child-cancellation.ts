import { serverReach } from '#libs/contracts';
import { asHead, derivedId } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { RunCommander, unlessRefused } from './run-commander';

/** Automatic retries that a run can have: what `retries` takes at most. */
const maxTries = 100;

/** Cancels runs with the tasks that wait for them. */
@Injectable()
export class ChildCancellation {
  constructor(private readonly runs: RunCommander) {}

  /**
   * Cancels what stands below a cancelled run before its sender is answered. The timers do the same for each, should this process
   * end in between.
   */
  async cancelUnder(runId: string): Promise<void> {
    const run = await this.runs.findMade(serverReach, runId);
    for (const { child, status } of run?.tasks ?? []) {
      if (!child?.wait || status !== 'cancelled') continue;
      for (const tried of await this.cancelTries(child.runId, runId)) await this.cancelUnder(tried);
    }
  }

  /** Cancels a child and its automatic retries, whose ids follow from each other; answers their ids. */
  async cancelTries(firstId: string, parentId: string): Promise<string[]> {
    const tries: string[] = [];
    for (let id = firstId; tries.length <= maxTries; id = asHead(derivedId(id, 'retry'))) {
      if (tries.length > 0 && !(await this.runs.findMade(serverReach, id))) break;
      await this.cancelChild(id, parentId);
      tries.push(id);
    }
    return tries;
  }

  cancelChild(runId: string, parentId: string): Promise<unknown> {
    const context = {
      metadata: { actor: `run:${parentId}`, causationId: parentId, reason: 'the run that waits for it has ended' },
    };
    return unlessRefused(this.runs.execute(serverReach, runId, { type: 'CancelRun' }, context, () => null));
  }
}
