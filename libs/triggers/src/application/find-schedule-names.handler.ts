import { QueryHandler } from '#libs/bus';
import { FindScheduleNames } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { ScheduleStore } from '../read/schedule-store';

@QueryHandler(FindScheduleNames)
export class FindScheduleNamesHandler implements IQueryHandler<FindScheduleNames> {
  constructor(private readonly schedules: ScheduleStore) {}

  execute({ reach, ids }: FindScheduleNames): Promise<ReadonlyMap<string, string>> {
    return this.schedules.namesOf(reach, ids);
  }
}
