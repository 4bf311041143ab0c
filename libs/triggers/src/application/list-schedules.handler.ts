import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type ScheduleBody } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { ScheduleStore, toScheduleBody } from '../read/schedule-store';
import { type ScheduleSearch, resolved } from './schedule-search';

export class ListSchedules extends Query<{ schedules: ScheduleBody[]; total: number }> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: ScheduleSearch,
  ) {
    super();
  }
}

@QueryHandler(ListSchedules)
export class ListSchedulesHandler implements IQueryHandler<ListSchedules> {
  constructor(
    private readonly store: ScheduleStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, search }: ListSchedules): Promise<{ schedules: ScheduleBody[]; total: number }> {
    const { schedules, total } = await this.store.list(reach, await resolved(this.queries, reach, search));
    return { schedules: schedules.map(toScheduleBody), total };
  }
}
