import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type ScheduleBody } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { ScheduleStore, toScheduleBody } from '../read/schedule-store';
import { reached } from './reached-schedule';

export class GetSchedule extends Query<ScheduleBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly scheduleId: string,
  ) {
    super();
  }
}

@QueryHandler(GetSchedule)
export class GetScheduleHandler implements IQueryHandler<GetSchedule> {
  constructor(private readonly store: ScheduleStore) {}

  async execute({ reach, scheduleId }: GetSchedule): Promise<ScheduleBody> {
    const found = isId(scheduleId) ? await this.store.find(reach, scheduleId) : null;
    return toScheduleBody(reached(reach, found));
  }
}
