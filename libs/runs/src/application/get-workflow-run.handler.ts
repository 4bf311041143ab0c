import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type WorkflowRunBody } from '#libs/contracts';
import { OneByOne } from '#libs/kernel';
import type { StreamMoment } from '#libs/ledger';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { largeRun } from './large-run';
import { RunCommander } from './run-commander';
import { RunHistory } from './run-history';
import { RunNames } from './run-names';
import { namedIn } from './named-in-run';

export class GetWorkflowRun extends Query<WorkflowRunBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
    readonly withTasks: boolean,
    /** The run as it was; absent = as it is. */
    readonly moment?: StreamMoment,
  ) {
    super();
  }
}

@QueryHandler(GetWorkflowRun)
export class GetWorkflowRunHandler implements IQueryHandler<GetWorkflowRun> {
  private readonly large = new OneByOne();

  constructor(
    private readonly runs: RunCommander,
    private readonly names: RunNames,
    private readonly history: RunHistory,
  ) {}

  async execute({ reach, runId, withTasks, moment }: GetWorkflowRun): Promise<WorkflowRunBody> {
    const past = moment && (await this.history.at(reach, runId, moment, 'version' in moment ? 'version' : 'at'));
    const state = past?.state ?? (await this.runs.find(reach, runId));
    const named = namedIn(state);
    const names = past ? await this.names.at(reach, named, past.moment) : await this.names.of(reach, [named]);
    if (withTasks && (state.bytes ?? 0) > largeRun) await this.large.next();
    return toRunBody(state, past?.now ?? this.runs.clock.now(), { withTasks, names });
  }
}
