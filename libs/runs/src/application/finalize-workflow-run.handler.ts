import type { WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Holder } from '../domain';
import { toRunBody } from '../read/run-body';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

/** Ends the life of a completed run: nothing of it is held by an agent any more. */
export class FinalizeWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly runId: string,
    readonly context: CommandContext,
    readonly scope?: RunScope,
    readonly holder?: Holder,
  ) {
    super();
  }
}

@CommandHandler(FinalizeWorkflowRun)
export class FinalizeWorkflowRunHandler implements ICommandHandler<FinalizeWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ runId, context, scope, holder }: FinalizeWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'FinalizeRun' as const, ...(scope && { scope }), ...(holder && { holder }) };
    return this.runs.execute(runId, command, context, (state, now) => toRunBody(state, now));
  }
}
