import { CommandHandler } from '#libs/bus';
import { StartWorkflowRun, type WorkflowRunBody } from '#libs/contracts';
import type { ICommandHandler } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { RunComposer } from './run-composer';

@CommandHandler(StartWorkflowRun)
export class StartWorkflowRunHandler implements ICommandHandler<StartWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly composer: RunComposer,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, request, context, holder }: StartWorkflowRun): Promise<WorkflowRunBody> {
    const hasParams = (request.params ?? []).length > 0;
    const run = hasParams ? await this.runs.find(reach, runId) : null;
    const overlay = run ? await this.composer.overlay(run, request) : overlayOf(request);
    const command = {
      type: 'StartRun' as const,
      overlay,
      ...(holder && { holder }),
    };
    const shown = await this.names.forSender(reach, context.metadata.actor);
    return this.runs.execute(reach, runId, command, context, (state, now) => toRunBody(state, now, shown));
  }
}
