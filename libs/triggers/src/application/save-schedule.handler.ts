import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import {
  FindWorkflowRevision,
  type ReachInTeam,
  type ScheduleBody,
  type ScheduleRequest,
  type WorkflowRevision,
} from '#libs/contracts';
import {
  type Clock,
  CLOCK,
  paramProblem,
  isId,
  isTimeZone,
  newId,
  RefusedError,
  type CommandContext,
  type ScheduleStatus,
} from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { isSealed, mask, SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { type ScheduleParam, type ScheduleSettings, type ScheduleState, shownWith, type WorkflowStop } from '../domain';
import { toScheduleBody } from '../read/schedule-store';
import { cronProblem, nextDate, parseDate } from './calendar';
import { scheduleCategory } from './schedule-category';
import { wrong } from './wrong-schedule';
import { reached } from './reached-schedule';

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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, mode, request, context }: SaveSchedule): Promise<ScheduleBody> {
    const before = mode === 'update' && request.id ? await this.find(reach, request.id) : null;
    const revision = await this.workflowOf(reach, request.workflowRef ?? before?.workflowId);
    const now = this.clock.now();
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
      const problem = cronProblem(cron, this.clock.now());
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
      if (isMasked && known !== undefined && isSealed(known)) return { name, value: known };
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
export function refuseWrongParams(params: readonly GivenParam[], revision: WorkflowRevision): void {
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
