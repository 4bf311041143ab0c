import { CommandHandler } from '#libs/bus';
import type { Reach, WorkflowRunBody } from '#libs/contracts';
import type { CommandContext } from '#libs/kernel';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { ChildCancellation } from './child-cancellation';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';

/** Cancels a run that has not completed, with all its tasks. */
export class CancelWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(CancelWorkflowRun)
export class CancelWorkflowRunHandler implements ICommandHandler<CancelWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly children: ChildCancellation,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, context }: CancelWorkflowRun): Promise<WorkflowRunBody> {
    const command = { type: 'CancelRun' as const };
    const shown = await this.names.forSender(reach, context.metadata.actor);
    const found = { hasChildren: false };
    const body = await this.runs.execute(reach, runId, command, context, (state, now) => {
      found.hasChildren = state.tasks.some(({ child }) => child?.wait);
      return toRunBody(state, now, shown);
    });
    if (found.hasChildren) await this.children.cancelUnder(runId);
    return body;
  }
}
