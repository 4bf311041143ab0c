import { CommandHandler } from '#libs/bus';
import { FinalizeWorkflowRun, type WorkflowRunBody } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';

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
