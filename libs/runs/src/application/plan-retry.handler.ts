import { CommandHandler } from '#libs/bus';
import type { Reach, RetryPlanBody, WorkflowRunRequest } from '#libs/contracts';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { planRetry, refuseUnretryable } from '../domain';
import { RunCommander } from './run-commander';
import { RunComposer } from './run-composer';

/** What a retry would run again and what it would take over; changes nothing. */
export class PlanRetry extends Command<RetryPlanBody> {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly request: WorkflowRunRequest,
    readonly from: string | undefined,
  ) {
    super();
  }
}

@CommandHandler(PlanRetry)
export class PlanRetryHandler implements ICommandHandler<PlanRetry> {
  constructor(
    private readonly runs: RunCommander,
    private readonly composer: RunComposer,
  ) {}

  async execute({ reach, runId, request, from }: PlanRetry): Promise<RetryPlanBody> {
    const original = await this.runs.find(reach, runId);
    refuseUnretryable(original);
    const { run, reused } = planRetry(original, from);
    await this.composer.overlay(original, request);
    const taskOf = ({ id, name, type, status }: (typeof run)[number]) => ({ name, type, taskRunRef: id, status });
    return {
      dryRun: true,
      retryOf: original.id,
      ...(from !== undefined && { from }),
      tasks: run.filter(({ type }) => type !== 'start' && type !== 'end').map(taskOf),
      reused: original.tasks.filter(({ name }) => Object.hasOwn(reused, name)).map(taskOf),
    };
  }
}
