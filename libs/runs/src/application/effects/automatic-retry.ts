import { serverReach } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { DueTimer, Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isRetried } from '../../read/run-timers-projection';
import { RetryWorkflowRun } from '../retry-workflow-run.handler';
import { RunCommander } from '../run-commander';

/** Retries a run that failed or timed out while its `retries` are not used up. One that a quota has no room for waits its turn. */
@Injectable()
export class AutomaticRetry {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
  ) {}

  register(timers: Timers): void {
    timers.on('run-retry', (timer) => this.retry(timer));
  }

  private async retry({ streamId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    if (!isRetried(run)) return;
    const start = run.annotations['boomerang.io/submit-with-start'] === 'true';
    const context = { metadata: { actor: 'system:automatic-retry', teamId: run.teamId } };
    try {
      await this.commands.execute(
        new RetryWorkflowRun(serverReach, streamId, {}, context, { start, isAutomatic: true }),
      );
    } catch (error) {
      // Refused for good, such as a param that is required by now. A quota is a matter of time.
      if (!(error instanceof RefusedError) || error.status >= 500 || error.status === 429) throw error;
    }
  }
}
