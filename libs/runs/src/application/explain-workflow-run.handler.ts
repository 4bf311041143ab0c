import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, RunExplanationBody } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { explainRun } from '../read/explain-run';
import { RunCommander } from './run-commander';
import { RunFactsFinder } from './run-facts-finder';

export class ExplainWorkflowRun extends Query<RunExplanationBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
  ) {
    super();
  }
}

@QueryHandler(ExplainWorkflowRun)
export class ExplainWorkflowRunHandler implements IQueryHandler<ExplainWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly facts: RunFactsFinder,
  ) {}

  async execute({ reach, runId }: ExplainWorkflowRun): Promise<RunExplanationBody> {
    const { state, version } = await this.runs.findVersioned(reach, runId);
    return explainRun(state, version, await this.facts.of(reach, state));
  }
}
