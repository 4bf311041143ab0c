import { FindScheduledWorkflows, type ReachInTeam, type ScheduledWorkflow } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type ScheduleState, type ShownSchedule, shownWith } from '../domain';

/** How the workflows of schedules stand at the moment. */
@Injectable()
export class ScheduledWorkflows {
  constructor(private readonly queries: QueryBus) {}

  of(reach: ReachInTeam, workflowIds: readonly string[]): Promise<ScheduledWorkflow[]> {
    const query = new FindScheduledWorkflows(reach, [...new Set(workflowIds)]);
    return this.queries.execute<FindScheduledWorkflows, ScheduledWorkflow[]>(query);
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
