import { serverReach } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { DueTimer, Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RetryWorkflowRun } from '../application/retry-workflow-run.handler';
import { ChildCancellation } from '../application/child-cancellation';
import { RunCommander } from '../application/run-commander';
import { isRetried } from '../domain';
import { ChildRuns } from './child-runs';

/** Retries a run that failed or timed out while its `retries` are not used up. One that a quota has no room for waits its turn. */
@Injectable()
export class AutomaticRetry {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
    private readonly children: ChildRuns,
    private readonly cancellation: ChildCancellation,
  ) {}

  register(timers: Timers): void {
    timers.on('run-retry', (timer) => this.retry(timer));
  }

  private async retry({ streamId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    if (!isRetried(run)) return;
    // Whoever waited for it is gone: nobody wants the retry.
    const parent = run.parent?.wait ? run.parent : null;
    if (parent && !(await this.children.isAwaited(run))) return;
    const start = run.annotations['boomerang.io/submit-with-start'] === 'true';
    const context = { metadata: { actor: 'system:automatic-retry', teamId: run.teamId } };
    try {
      const { id } = await this.commands.execute(
        new RetryWorkflowRun(serverReach, streamId, {}, context, { start, isAutomatic: true }),
      );
      // Cancelled while the retry was being made: nothing else would stop it.
      if (parent && !(await this.children.isAwaited(run))) await this.cancellation.cancelChild(id, parent.runId);
    } catch (error) {
      // Refused for good, such as a param that is required by now. A quota is a matter of time.
      if (!(error instanceof RefusedError) || error.status >= 500 || error.status === 429) throw error;
      // There is no retry that would end the task that waits.
      if (parent) await this.children.notifyParent(streamId);
    }
  }
}
