import { FindApproverGroup, serverReach, serverReachIn } from '#libs/contracts';
import type { DueTimer, Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { taskOfRun } from '../domain';
import { RunCommander } from '../application/run-commander';

/** Looks, as soon as an approval is asked for, whether there is such a group to ask. */
@Injectable()
export class Approvals {
  constructor(
    private readonly runs: RunCommander,
    private readonly queries: QueryBus,
  ) {}

  register(timers: Timers): void {
    timers.on('action-open', (timer) => this.check(timer));
  }

  private async check({ streamId, itemId: taskId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    const group = taskOfRun(run, taskId)?.action?.approverGroupRef;
    if (!group) return;
    const reach = serverReachIn({ id: run.teamId, name: run.teamName });
    if (await this.queries.execute(new FindApproverGroup(reach, group))) return;
    const statusMessage = `Param approverGroupId must be the id or name of one of the team's approver groups; there is no ${group}.`;
    const settlement = { taskId, kind: 'action', status: 'invalid', statusMessage, results: [] } as const;
    await this.runs.settleTask(streamId, settlement, 'system:approvals');
  }
}
