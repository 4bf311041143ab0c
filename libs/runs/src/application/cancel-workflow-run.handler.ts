import type { WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ChildRuns } from './effects/child-runs';
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
  constructor(
    private readonly runs: RunCommander,
    private readonly children: ChildRuns,
  ) {}

  async execute({ runId, context, scope }: CancelWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'CancelRun' as const, ...(scope && { scope }) };
    const found = { hasChildren: false };
    const body = await this.runs.execute(runId, command, context, (state, now) => {
      found.hasChildren = state.tasks.some(({ child }) => child?.wait);
      return toRunBody(state, now);
    });
    if (found.hasChildren) await this.children.cancelUnder(runId);
    return body;
  }
}
