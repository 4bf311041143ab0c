import { Access, commandContext, CurrentTeamReach } from '#libs/access';
import {
  type CronValidation,
  type ReachInTeam,
  type ScheduleBody,
  type ScheduleCalendarBody,
  type ScheduleRequest,
  scheduleRequestSchema,
} from '#libs/contracts';
import {
  ApiAnswer,
  ApiDate,
  ApiDone,
  ApiListAnswer,
  ApiListFilter,
  ApiPathName,
  ApiRequest,
  ApiTeam,
  ApiText,
  ApiWholeOrPaging,
  CheckedBody,
  dateParam,
  enumListParam,
  listParam,
  type Page,
  type RawQuery,
  requiredTextParam,
  springPage,
  textParam,
  wholeOrPaging,
} from '#libs/http';
import {
  type Clock,
  CLOCK,
  isTimeZone,
  RefusedError,
  toTimestamp,
  scheduleStatuses,
  scheduleTypes,
} from '#libs/kernel';
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Inject } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { cronProblem, firstDates } from '../application/calendar';
import { DeleteSchedule } from '../application/delete-schedule.handler';
import { GetSchedule } from '../application/get-schedule.handler';
import { ListCalendars } from '../application/list-calendars.handler';
import { ListSchedules } from '../application/list-schedules.handler';
import { SaveSchedule } from '../application/save-schedule.handler';

const unreachable = { unreachable: 'SCHEDULE_INVALID_REFERENCE' } as const;

/** How many firings the check of an expression shows. */
const shownFirings = 5;

/** As seconds this is the year 5138, as milliseconds March 1973, long before there were schedules. */
const leastMilliseconds = 100_000_000_000;

/** The reference's client sends the bounds of its calendars in seconds. */
function millisecondsOf(date: number): number {
  return Math.abs(date) < leastMilliseconds ? date * 1000 : date;
}

@ApiTags('Schedules')
@ApiTeam()
@Controller('api/v2/team/:team/schedule')
export class ScheduleController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Access('schedule/write', unreachable)
  @ApiOperation({ operationId: 'createSchedule', summary: 'Create a Schedule.' })
  @ApiRequest('WorkflowScheduleRequest', true)
  @ApiAnswer('WorkflowSchedule')
  create(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(scheduleRequestSchema) body: ScheduleRequest,
    @Req() request: FastifyRequest,
  ): Promise<ScheduleBody> {
    return this.commands.execute(new SaveSchedule(reach, 'create', body, commandContext(request)));
  }

  @Put()
  @Access('schedule/write', unreachable)
  @ApiOperation({ operationId: 'updateSchedule', summary: 'Apply a Schedule.' })
  @ApiRequest('WorkflowScheduleRequest', true)
  @ApiAnswer('WorkflowSchedule')
  update(
    @CurrentTeamReach() reach: ReachInTeam,
    @CheckedBody(scheduleRequestSchema) body: ScheduleRequest,
    @Req() request: FastifyRequest,
  ): Promise<ScheduleBody> {
    return this.commands.execute(new SaveSchedule(reach, 'update', body, commandContext(request)));
  }

  @Get('query')
  @Access('schedule/read', unreachable)
  @ApiOperation({ operationId: 'querySchedules', summary: 'Search for Schedules' })
  @ApiListFilter(
    'statuses',
    'List of statuses to filter for. Defaults to all. archived is accepted, and matches none.',
    ['active', 'archived'],
  )
  @ApiListFilter('types', 'List of types to filter for. Defaults to all.', ['cron', 'advancedCron'])
  @ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.')
  @ApiWholeOrPaging()
  @ApiAnswer('PageWorkflowSchedule')
  async query(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<Page<ScheduleBody>> {
    const paging = wholeOrPaging(query);
    const statuses = enumListParam(query, 'statuses', [...scheduleStatuses, 'archived']);
    const types = listParam(query, 'types')?.map((given) => {
      const type = scheduleTypes.find((each) => each.toLowerCase() === given.toLowerCase());
      if (type) return type;
      throw new RefusedError('QUERY_INVALID_FILTERS', `Parameter types must be of ${scheduleTypes.join(', ')}.`);
    });
    const workflows = listParam(query, 'workflows');
    const { schedules, total } = await this.queries.execute(
      new ListSchedules(reach, {
        ...paging,
        ...(statuses && { statuses }),
        ...(types && { types }),
        ...(workflows && { workflows }),
      }),
    );
    return springPage(schedules, { ...paging, total });
  }

  @Get('validate-cron')
  @Access('schedule/read', unreachable)
  @ApiOperation({ operationId: 'validateCron', summary: 'Validate a Schedules CRON.' })
  @ApiText('cron', 'A CRON expression to validate', true)
  @ApiText('timezone', 'Time zone of the dates in the answer. Defaults to UTC.')
  @ApiAnswer('CronValidationResponse')
  validateCron(@Query() query: RawQuery): CronValidation {
    const cron = requiredTextParam(query, 'cron');
    const timezone = textParam(query, 'timezone') ?? 'UTC';
    if (!isTimeZone(timezone)) {
      throw new RefusedError('QUERY_INVALID_FILTERS', 'Parameter timezone must be one of the IANA database.');
    }
    const problem = cronProblem(cron, this.clock.now());
    if (problem !== null) return { valid: false, message: `cron ${problem}.` };
    return { valid: true, next: firstDates(cron, timezone, shownFirings, this.clock.now()).map(toTimestamp) };
  }

  @Get('calendars')
  @Access('schedule/read', unreachable)
  @ApiListAnswer('WorkflowScheduleCalendar')
  @ApiOperation({ operationId: 'getScheduleCalendars', summary: 'Retrieve Calendars for Schedules by Dates.' })
  @ApiListFilter('schedules', 'IDs of Schedules')
  @ApiDate('fromDate', 'Milliseconds or seconds since the epoch', 1677589200000)
  @ApiDate('toDate', 'Milliseconds or seconds since the epoch', 1680267600000)
  calendars(@CurrentTeamReach() reach: ReachInTeam, @Query() query: RawQuery): Promise<ScheduleCalendarBody[]> {
    const ids = listParam(query, 'schedules');
    const from = dateParam(query, 'fromDate');
    const to = dateParam(query, 'toDate');
    if (!ids || from === undefined || to === undefined) {
      throw new RefusedError('QUERY_INVALID_FILTERS', 'Parameters schedules, fromDate and toDate are required.');
    }
    return this.queries.execute(new ListCalendars(reach, ids, millisecondsOf(from), millisecondsOf(to)));
  }

  @Get(':scheduleId')
  @Access('schedule/read', unreachable)
  @ApiOperation({ operationId: 'getSchedule', summary: 'Retrieve a Schedule.' })
  @ApiPathName('scheduleId', 'ID of Schedule')
  @ApiAnswer('WorkflowSchedule')
  get(@CurrentTeamReach() reach: ReachInTeam, @Param('scheduleId') scheduleId: string): Promise<ScheduleBody> {
    return this.queries.execute(new GetSchedule(reach, scheduleId));
  }

  @Delete(':scheduleId')
  @Access('schedule/delete', unreachable)
  @ApiDone()
  @ApiOperation({ operationId: 'deleteSchedule', summary: 'Delete a Schedule.' })
  @ApiPathName('scheduleId', 'ID of Schedule')
  async remove(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('scheduleId') scheduleId: string,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.commands.execute(new DeleteSchedule(reach, scheduleId, commandContext(request)));
    return {};
  }
}
