import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, RunExplanationBody } from '#libs/contracts';
import { PersonalValues } from '#libs/personal';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import type { WorkflowRunState } from '../domain';
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
    private readonly personal: PersonalValues,
  ) {}

  async execute({ reach, runId }: ExplainWorkflowRun): Promise<RunExplanationBody> {
    const { state, version } = await this.runs.findVersioned(reach, runId);
    return explainRun(await this.withNames(state), version, await this.facts.of(reach, state));
  }

  /** Who has decided is compared with those who may, by the address too. */
  private async withNames(state: WorkflowRunState): Promise<WorkflowRunState> {
    const actions = await this.personal.openAll(state.tasks.map(({ action }) => action));
    return { ...state, tasks: state.tasks.map((task, place) => ({ ...task, action: actions[place] ?? null })) };
  }
}
