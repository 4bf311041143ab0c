import { RefusedError } from '#libs/kernel';
import type { RecordedEvent } from '#libs/ledger';
import type { CommandBus } from '@nestjs/cqrs';
import { RetryWorkflowRun } from './retry-workflow-run.handler';
import type { RunCommander } from './run-commander';

/**
 * Retries a run that failed or timed out while its `retries` are not used up. Reads the ledger in order; an event that is
 * handled twice makes one run, because the original's id is the idempotency key.
 */
export class AutomaticRetry {
  constructor(
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
  ) {}

  async handle(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      if (endedBadly(event)) await this.retry(event.streamId);
    }
  }

  private async retry(runId: string): Promise<void> {
    const run = await this.runs.find(runId);
    const count = Number(run.annotations['boomerang.io/retry-count'] ?? 0);
    if (run.retries <= count) return;
    const start = run.annotations['boomerang.io/submit-with-start'] === 'true';
    const receipt = { scope: 'automatic-retry', key: runId, requestHash: runId };
    const context = { metadata: { actor: 'system:automatic-retry' }, receipt };
    try {
      await this.commands.execute(new RetryWorkflowRun(runId, {}, context, undefined, start));
    } catch (error) {
      // Refused for good, such as a required param that has gone: the next event must not wait for it.
      if (!(error instanceof RefusedError) || error.status >= 500) throw error;
    }
  }
}

function endedBadly({ type, data }: RecordedEvent): boolean {
  if (type === 'WorkflowRunTimedOut') return true;
  return type === 'WorkflowRunCompleted' && (data as { status?: unknown }).status === 'failed';
}
