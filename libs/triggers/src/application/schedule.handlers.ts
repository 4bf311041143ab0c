import { CommandHandler, QueryHandler } from '#libs/bus';
import {
  CreateOneOffSchedule,
  FindWorkflowIds,
  FindWorkflowRevision,
  reaches,
  type ReachInTeam,
  type ScheduleBody,
  type ScheduleCalendarBody,
  type ScheduleRequest,
  type WorkflowRevision,
} from '#libs/contracts';
import { paramProblem, isId, isTimeZone, newId, RefusedError, toTimestamp } from '#libs/kernel';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { isSealed, mask, SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler, type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import {
  type ScheduleParam,
  type ScheduleSettings,
  type ScheduleState,
  type ScheduleStatus,
  shownWith,
  unknownSchedule,
  type WorkflowStop,
} from '../domain';
import { type ScheduleFilters, ScheduleStore, toScheduleBody } from '../read/schedule-store';
import { maxCalendarDates, maxCalendarTime } from './bounds';
import { cronProblem, datesBetween, nextDate, parseDate, timeOfDay } from './calendar';
import { DateBudget, DatesTakeTooLong } from './date-budget';
import { scheduleCategory } from './schedule-category';

function wrong(why: string): RefusedError {
  return new RefusedError('SCHEDULE_INVALID_DEFINITION', `Invalid Schedule: ${why}`);
}

/** Creates a schedule, or changes the one with the given id: absent fields then stay. */
export class SaveSchedule extends Command<ScheduleBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly mode: 'create' | 'update',
    readonly request: ScheduleRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(SaveSchedule)
export class SaveScheduleHandler implements ICommandHandler<SaveSchedule> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
  ) {}

  async execute({ reach, mode, request, context }: SaveSchedule): Promise<ScheduleBody> {
    const before = mode === 'update' && request.id ? await this.find(reach, request.id) : null;
    const revision = await this.workflowOf(reach, request.workflowRef ?? before?.workflowId);
    const now = Date.now();
    const settings = this.settingsOf(request, before, revision);
    const next = nextDate(settings, now);
    if (next === null) {
      const keeps = before?.status === 'completed' && before.dateSchedule === settings.dateSchedule;
      if (!keeps)
        throw wrong(settings.type === 'runOnce' ? 'dateSchedule must be in the future.' : 'cronSchedule never fires.');
    }
    const status = statusOf(request, revision, next);
    const command = before
      ? { type: 'UpdateSchedule' as const, now, settings, status, nextDate: next }
      : {
          type: 'CreateSchedule' as const,
          now,
          schedule: {
            ...settings,
            id: newId(now),
            teamId: reach.team.id,
            teamName: reach.team.name,
            creationDate: now,
            status,
            nextDate: next,
            isTrusted: false,
          },
        };
    const streamId = before?.id ?? (command.type === 'CreateSchedule' ? command.schedule.id : '');
    const workflow = { name: revision.name, stop: stopOf(revision) };
    return executeFor(this.processor, scheduleCategory, context, { streamId, command }, (state) =>
      toScheduleBody(shownWith(state, workflow)),
    );
  }

  private async find(reach: ReachInTeam, id: string): Promise<ScheduleState> {
    const stored = isId(id) ? await this.processor.load(scheduleCategory, id) : null;
    return reached(reach, stored?.state ?? null);
  }

  private workflowOf(reach: ReachInTeam, ref: string | undefined): Promise<WorkflowRevision> {
    if (!ref) throw wrong('workflowRef must be the name or id of a workflow of the team.');
    const query = new FindWorkflowRevision(reach, ref);
    return this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
  }

  private settingsOf(
    request: ScheduleRequest,
    before: ScheduleState | null,
    revision: WorkflowRevision,
  ): ScheduleSettings {
    const timezone = request.timezone ?? before?.timezone ?? 'UTC';
    if (!isTimeZone(timezone)) throw wrong('timezone must be one of the IANA database, such as Europe/Berlin.');
    const cron = request.cronSchedule ?? before?.cronSchedule ?? null;
    const date =
      request.dateSchedule !== null && request.dateSchedule !== undefined
        ? parseDate(request.dateSchedule, timezone)
        : (before?.dateSchedule ?? null);
    const type = request.type ?? before?.type ?? (cron === null ? 'runOnce' : 'cron');
    if (type === 'runOnce' && date === null) throw wrong('dateSchedule is required for type runOnce.');
    if (type !== 'runOnce') {
      if (cron === null) throw wrong(`cronSchedule is required for type ${type}.`);
      const problem = cronProblem(cron);
      if (problem !== null) throw wrong(`cronSchedule ${problem}.`);
    }
    refuseWrongParams(request.params ?? before?.params ?? [], revision);
    return {
      workflowId: revision.workflowId,
      name: request.name ?? before?.name ?? `${revision.name} schedule`,
      description: request.description ?? before?.description ?? null,
      type,
      labels: request.labels ?? before?.labels ?? {},
      cronSchedule: type === 'runOnce' ? null : cron,
      dateSchedule: type === 'runOnce' ? date : null,
      timezone,
      params: request.params ? this.sealed(request.params, before, revision) : (before?.params ?? []),
    };
  }

  /** Seals passwords; a masked password, as answers show it, keeps its value. */
  private sealed(
    params: NonNullable<ScheduleRequest['params']>,
    before: ScheduleState | null,
    revision: WorkflowRevision,
  ): ScheduleParam[] {
    const passwords = new Set(revision.params.flatMap(({ name, type }) => (type === 'password' ? [name] : [])));
    return params.map(({ name, value = null }) => {
      if (!passwords.has(name)) return { name, value };
      const known = before?.params.find((each) => each.name === name)?.value;
      const isMasked = value === null || value === '' || value === mask;
      if (isMasked && isSealed(known)) return { name, value: known };
      return { name, value: typeof value === 'string' && value !== '' ? this.box.seal(value) : value };
    });
  }
}

interface GivenParam {
  readonly name: string;
  readonly value?: unknown;
}

/**
 * Refuses now what would make every run fail, not at the first firing. Values of schedules are data, never templates.
 * @throws RefusedError REQUEST_INVALID_PARAMS naming every param that is missing or wrong.
 */
function refuseWrongParams(params: readonly GivenParam[], revision: WorkflowRevision): void {
  const given = new Map(params.map(({ name, value = null }) => [name, value]));
  const problems = revision.params.flatMap((declared) => {
    const { name, type, defaultValue = null } = declared;
    const value = given.get(name) ?? null;
    const isHidden = type === 'password' && (value === mask || isSealed(value));
    const hasDefault = !given.has(name) && defaultValue !== null && defaultValue !== '';
    return isHidden || hasDefault ? [] : (paramProblem(declared, value) ?? []);
  });
  if (problems.length > 0) throw new RefusedError('REQUEST_INVALID_PARAMS', problems.join(' '));
}

function statusOf(request: ScheduleRequest, revision: WorkflowRevision, next: number | null): ScheduleStatus {
  if (next === null) return 'completed';
  if (request.status === 'inactive') return 'inactive';
  return revision.triggers.schedule ? 'active' : 'trigger_disabled';
}

function stopOf({ active, triggers }: WorkflowRevision): WorkflowStop {
  if (!active) return 'inactive';
  return triggers.schedule ? null : 'trigger';
}

function reached<Schedule extends ScheduleState>(reach: ReachInTeam, schedule: Schedule | null): Schedule {
  const isReached =
    schedule &&
    schedule.status !== 'deleted' &&
    reaches(reach, { teamId: schedule.teamId, workflowId: schedule.workflowId });
  if (!isReached) throw unknownSchedule();
  return schedule;
}

export class DeleteSchedule extends Command<null> {
  constructor(
    readonly reach: ReachInTeam,
    readonly scheduleId: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DeleteSchedule)
export class DeleteScheduleHandler implements ICommandHandler<DeleteSchedule> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: ScheduleStore,
  ) {}

  async execute({ reach, scheduleId, context }: DeleteSchedule): Promise<null> {
    reached(reach, isId(scheduleId) ? await this.store.find(reach, scheduleId) : null);
    const command = { type: 'DeleteSchedule' as const, now: Date.now() };
    return executeFor(this.processor, scheduleCategory, context, { streamId: scheduleId, command }, () => null);
  }
}

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

/** Workflows by name or id, schedules by any text. */
export type ScheduleSearch = ScheduleFilters;

async function resolved(queries: QueryBus, reach: ReachInTeam, search: ScheduleSearch): Promise<ScheduleFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return {
    ...search,
    ...(workflows && { workflows }),
    ...(search.ids && { ids: search.ids.filter(isId) }),
  };
}

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
  ) {}

  async execute({ reach, scheduleIds, fromDate, toDate }: ListCalendars): Promise<ScheduleCalendarBody[]> {
    const search = { ids: scheduleIds, page: 0, limit: 1000 };
    const { schedules } = await this.store.list(reach, await resolved(this.queries, reach, search));
    // Past dates are not in the calendar: their runs exist.
    const from = Math.max(fromDate, Date.now());
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

@CommandHandler(CreateOneOffSchedule)
export class CreateOneOffScheduleHandler implements ICommandHandler<CreateOneOffSchedule> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly queries: QueryBus,
    private readonly box: SecretBox,
  ) {}

  async execute({ reach, request }: CreateOneOffSchedule): Promise<CreateOneOffSchedule['answer']> {
    const { team } = reach;
    const { id, workflow, at, time, timezone, name, params, actor } = request;
    const query = new FindWorkflowRevision(reach, workflow);
    const revision = await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
    refuseWrongParams(params, revision);
    const passwords = new Set(revision.params.flatMap((param) => (param.type === 'password' ? [param.name] : [])));
    const now = Date.now();
    const date = time === null ? at : timeOfDay(at, time, timezone);
    const schedule = {
      id,
      teamId: team.id,
      teamName: team.name,
      workflowId: revision.workflowId,
      name,
      description: null,
      type: 'runOnce' as const,
      labels: {},
      cronSchedule: null,
      dateSchedule: date,
      timezone,
      params: params.map((param) =>
        passwords.has(param.name) && typeof param.value === 'string' && param.value !== ''
          ? { name: param.name, value: this.box.seal(param.value) }
          : param,
      ),
      creationDate: now,
      status: 'active' as const,
      // A time of day that has already passed means now.
      nextDate: date,
      isTrusted: true,
    };
    const command = { type: 'CreateSchedule' as const, now, schedule };
    await this.processor.execute(scheduleCategory, { streamId: id, command, metadata: { actor, teamId: team.id } });
    return { id };
  }
}
