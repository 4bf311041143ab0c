import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, RunDifferenceBody } from '#libs/contracts';
import type { StreamMoment } from '#libs/ledger';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { runDifference } from '../read/run-difference';
import { namedIn } from './named-in-run';
import { type PastRun, RunHistory } from './run-history';
import { RunNames } from './run-names';

export class DiffWorkflowRun extends Query<Omit<RunDifferenceBody, 'total'>> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
    readonly from: StreamMoment,
    readonly to: StreamMoment,
  ) {
    super();
  }
}

@QueryHandler(DiffWorkflowRun)
export class DiffWorkflowRunHandler implements IQueryHandler<DiffWorkflowRun> {
  constructor(
    private readonly history: RunHistory,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, from, to }: DiffWorkflowRun): Promise<Omit<RunDifferenceBody, 'total'>> {
    const before = await this.history.at(reach, runId, from, 'from');
    const after = await this.history.at(reach, runId, to, 'to');
    const names = await this.names.of(reach, [namedIn(after.state)]);
    return { from: momentOf(before), to: momentOf(after), changes: runDifference(before, after, names) };
  }
}

function momentOf({ version, position, time }: PastRun) {
  return { version, position, time };
}
