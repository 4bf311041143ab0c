import { Inject } from '@nestjs/common';
import { QueryHandler } from '#libs/bus';
import { type ReachInTeam, type ScheduleCalendarBody } from '#libs/contracts';
import { type Clock, CLOCK, RefusedError, toTimestamp } from '#libs/kernel';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { ScheduleStore } from '../read/schedule-store';
import { maxCalendarDates, maxCalendarTime } from './bounds';
import { datesBetween } from './calendar';
import { DateBudget, DatesTakeTooLong } from './date-budget';
import { resolved } from './schedule-search';

/** The dates on which schedules fire within a range: 2000 in all, shared equally by the schedules. */
export class ListCalendars extends Query<ScheduleCalendarBody[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly scheduleIds: readonly string[],
    readonly fromDate: number,
    readonly toDate: number,
  ) {
    super();
  }
}

@QueryHandler(ListCalendars)
export class ListCalendarsHandler implements IQueryHandler<ListCalendars> {
  constructor(
    private readonly store: ScheduleStore,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, scheduleIds, fromDate, toDate }: ListCalendars): Promise<ScheduleCalendarBody[]> {
    const search = { ids: scheduleIds, page: 0, limit: 1000 };
    const { schedules } = await this.store.list(reach, await resolved(this.queries, reach, search));
    // Past dates are not in the calendar: their runs exist.
    const from = Math.max(fromDate, this.clock.now());
    const share = Math.max(1, Math.floor(maxCalendarDates / Math.max(1, schedules.length)));
    const budget = new DateBudget(maxCalendarTime);
    const calendars: ScheduleCalendarBody[] = [];
    try {
      for (const schedule of schedules) {
        const isOver = schedule.nextDate === null;
        const { dates, isCut } = isOver
          ? { dates: [], isCut: false }
          : await datesBetween(schedule, from, toDate, share, budget);
        calendars.push({
          scheduleId: schedule.id,
          dates: dates.map(toTimestamp),
          ...(isCut && { truncated: true }),
        });
      }
    } catch (error) {
      if (!(error instanceof DatesTakeTooLong)) throw error;
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `The dates take more than ${maxCalendarTime} ms to compute: name fewer schedules, or a shorter range.`,
      );
    }
    return calendars;
  }
}
