import type { WorkflowRunBody, WorkflowRunRequest } from '#libs/contracts';
import { newId } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { retrySubmission } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

/** Makes a new run from one that ended badly; the original stays as it is. */
export class RetryWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly runId: string,
    readonly request: WorkflowRunRequest,
    readonly context: CommandContext,
    readonly scope?: RunScope,
    /** Start it at once; absent = leave it to an agent, as the contract has it. */
    readonly start = false,
  ) {
    super();
  }
}

@CommandHandler(RetryWorkflowRun)
export class RetryWorkflowRunHandler implements ICommandHandler<RetryWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ runId, request, context, scope, start }: RetryWorkflowRun): Promise<WorkflowRunBody> {
    const original = await this.runs.find(runId, scope);
    const newRunId = newId(this.runs.clock.now());
    const submission = retrySubmission(original, overlayOf(request), {
      runId: newRunId,
      taskId: () => newId(this.runs.clock.now()),
    });
    const command = { type: 'SubmitRun' as const, submission, start };
    const caused = { ...context, metadata: { ...context.metadata, causationId: runId, reason: 'retry' } };
    return this.runs.execute(newRunId, command, caused, (state, now) => toRunBody(state, now));
  }
}
