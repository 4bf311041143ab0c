import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, RunDifferenceBody, WorkflowRunBody } from '#libs/contracts';
import { OneByOne } from '#libs/kernel';
import type { StreamMoment } from '#libs/ledger';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { toRunBody } from '../read/run-body';
import { runDifference } from '../read/run-difference';
import { largeRun } from './large-run';
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
  private readonly large = new OneByOne();

  constructor(
    private readonly history: RunHistory,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, from, to }: DiffWorkflowRun): Promise<Omit<RunDifferenceBody, 'total'>> {
    const before = await this.history.at(reach, runId, from, 'from');
    const after = await this.history.at(reach, runId, to, 'to');
    if ((after.state.bytes ?? 0) > largeRun) await this.large.next();
    const [was, is] = await Promise.all([before, after].map((run) => this.shown(reach, run)));
    return { from: momentOf(before), to: momentOf(after), changes: was && is ? runDifference(was, is) : [] };
  }

  private async shown(reach: ReachInTeam, { state, now, moment }: PastRun): Promise<WorkflowRunBody> {
    const names = await this.names.at(reach, namedIn(state), moment);
    return toRunBody(state, now, { withTasks: true, names });
  }
}

function momentOf({ version, position, time }: PastRun) {
  return { version, position, time };
}
