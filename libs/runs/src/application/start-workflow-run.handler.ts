import type { WorkflowRunBody, WorkflowRunRequest } from '#libs/contracts';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Holder } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

/** Starts a run that is pending or queued; the request is merged over it. */
export class StartWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly runId: string,
    readonly request: WorkflowRunRequest,
    readonly context: CommandContext,
    readonly scope?: RunScope,
    readonly holder?: Holder,
  ) {
    super();
  }
}

@CommandHandler(StartWorkflowRun)
export class StartWorkflowRunHandler implements ICommandHandler<StartWorkflowRun> {
  constructor(private readonly runs: RunCommander) {}

  execute({ runId, request, context, scope, holder }: StartWorkflowRun): Promise<WorkflowRunBody> {
    const command = {
      type: 'StartRun' as const,
      overlay: overlayOf(request),
      ...(scope && { scope }),
      ...(holder && { holder }),
    };
    return this.runs.execute(runId, command, context, (state, now) => toRunBody(state, now));
  }
}
