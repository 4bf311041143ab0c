import {
  FindScheduledWorkflows,
  FindTeamRunSettings,
  type ReachInTeam,
  type ScheduledWorkflow,
  type TeamRunSettings,
} from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type ScheduleState, type ShownSchedule, shownWith, type WorkflowStop } from '../domain';

export interface FollowedWorkflow extends Omit<ScheduledWorkflow, 'stop'> {
  readonly stop: WorkflowStop;
}

/** The current state of the workflows of schedules. */
@Injectable()
export class ScheduledWorkflows {
  constructor(private readonly queries: QueryBus) {}

  async of(reach: ReachInTeam, workflowIds: readonly string[]): Promise<FollowedWorkflow[]> {
    const query = new FindScheduledWorkflows(reach, [...new Set(workflowIds)]);
    const [workflows, { isActive }] = await Promise.all([
      this.queries.execute<FindScheduledWorkflows, ScheduledWorkflow[]>(query),
      this.queries.execute<FindTeamRunSettings, TeamRunSettings>(new FindTeamRunSettings(reach)),
    ]);
    return isActive
      ? workflows
      : workflows.map((each) => ({ ...each, stop: each.stop === 'deleted' ? each.stop : 'team' }));
  }

  async show(reach: ReachInTeam, schedules: readonly ScheduleState[]): Promise<ShownSchedule[]> {
    const workflows = await this.of(
      reach,
      schedules.map(({ workflowId }) => workflowId),
    );
    const byId = new Map(workflows.map((each) => [each.id, each]));
    return schedules.map((each) =>
      shownWith(each, byId.get(each.workflowId) ?? { name: each.workflowId, stop: 'deleted' }),
    );
  }
}
