import { serverReach } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { DueTimer, Timers } from '#libs/ledger';
import { Tracing } from '#libs/tracing';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RetryWorkflowRun } from '../application/retry-workflow-run.handler';
import { ChildCancellation } from '../application/child-cancellation';
import { RunCommander } from '../application/run-commander';
import { isRetried } from '../domain';
import { ChildRuns } from './child-runs';

/**
 * Retries a run that failed or timed out, as long as it has `retries` left. If a quota has no room, the retry waits.
 */
@Injectable()
export class AutomaticRetry {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
    private readonly children: ChildRuns,
    private readonly cancellation: ChildCancellation,
    private readonly tracing: Tracing,
  ) {}

  register(timers: Timers): void {
    timers.on('run-retry', (timer) => this.retry(timer));
  }

  private async retry({ streamId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    if (!isRetried(run)) return;
    // Nobody waits for it any more, so nobody needs the retry.
    const parent = run.parent?.wait ? run.parent : null;
    if (parent && !(await this.children.isAwaited(run))) return;
    const start = run.annotations['boomerang.io/submit-with-start'] === 'true';
    const traceparent = this.tracing.traceparentOfRun(run);
    const context = {
      metadata: {
        actor: 'system:automatic-retry',
        teamId: run.teamId,
        ...(traceparent !== undefined && { traceparent }),
      },
    };
    try {
      const { id } = await this.commands.execute(
        new RetryWorkflowRun(serverReach, streamId, {}, context, { start, isAutomatic: true }),
      );
      // Cancelled while the retry was being made: nothing else would stop it.
      if (parent && !(await this.children.isAwaited(run))) await this.cancellation.cancelChild(id, parent.runId);
    } catch (error) {
      // Refused for good, for example because a param is now required. A full quota only needs time.
      if (!(error instanceof RefusedError) || error.status >= 500 || error.status === 429) throw error;
      // There will be no retry, so end the waiting task here.
      if (parent) await this.children.notifyParent(streamId);
    }
  }
}
