import { CommandHandler } from '#libs/bus';
import type { Reach, WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { Holder } from '../domain';
import { toRunBody } from '../read/run-body';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';

/** Finalizes a completed run: no agent holds any part of it any more. */
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
  constructor(
    private readonly runs: RunCommander,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, context, holder }: FinalizeWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'FinalizeRun' as const, ...(holder && { holder }) };
    const shown = await this.names.forSender(reach, context.metadata.actor);
    return this.runs.execute(reach, runId, command, context, (state, now) => toRunBody(state, now, shown));
  }
}
