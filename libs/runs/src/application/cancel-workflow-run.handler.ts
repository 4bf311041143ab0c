import type { WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

/** Cancels a run that has not completed, with all its tasks. */
export class CancelWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly runId: string,
    readonly context: CommandContext,
    readonly scope?: RunScope,
  ) {
    super();
  }
}

@CommandHandler(CancelWorkflowRun)
export class CancelWorkflowRunHandler implements ICommandHandler<CancelWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ runId, context, scope }: CancelWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'CancelRun' as const, ...(scope && { scope }) };
    return this.runs.execute(runId, command, context, (state, now) => toRunBody(state, now));
  }
}
