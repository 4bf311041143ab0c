import { CommandHandler } from '#libs/bus';
import type { Reach, WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { Holder } from '../domain';
import { toRunBody } from '../read/run-body';
import { namesWithin } from '../read/shown-names';
import { RunCommander } from './run-commander';

/** Ends the life of a completed run: nothing of it is held by an agent any more. */
export class FinalizeWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly context: CommandContext,
    readonly holder?: Holder,
  ) {
    super();
  }
}

@CommandHandler(FinalizeWorkflowRun)
export class FinalizeWorkflowRunHandler implements ICommandHandler<FinalizeWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ reach, runId, context, holder }: FinalizeWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'FinalizeRun' as const, ...(holder && { holder }) };
    return this.runs.execute(reach, runId, command, context, (state, now) => toRunBody(state, now, namesWithin(reach)));
  }
}
