import { assertNever, type Decider, RefusedError } from '#libs/kernel';

export const scheduleTypes = ['runOnce', 'cron', 'advancedCron'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];

export const scheduleStatuses = ['active', 'inactive', 'trigger_disabled', 'error', 'completed', 'deleted'] as const;
export type ScheduleStatus = (typeof scheduleStatuses)[number];

export interface ScheduleParam {
  readonly name: string;
  readonly value: unknown;
}

/** The owner's settings of a schedule. Times are milliseconds since the epoch. */
export interface ScheduleSettings {
  readonly workflowId: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: ScheduleType;
  readonly labels: Readonly<Record<string, string>>;
  readonly cronSchedule: string | null;
  readonly dateSchedule: number | null;
  /** From the IANA database. */
  readonly timezone: string;
  readonly params: readonly ScheduleParam[];
}

export interface ScheduleState extends ScheduleSettings {
  readonly id: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly creationDate: number;
  readonly status: ScheduleStatus;
  /** The next firing; null = never. */
  readonly nextDate: number | null;
  /** A task made it: it does not need the workflow's schedule trigger. */
  readonly isTrusted: boolean;
  /** Firings that the server skipped after an outage. */
  readonly missed: number;
  readonly lastRunId: string | null;
  readonly statusMessage: string | null;
}

interface At {
  readonly now: number;
}
export interface CreateSchedule extends At {
  readonly type: 'CreateSchedule';
  readonly schedule: Omit<ScheduleState, 'missed' | 'lastRunId' | 'statusMessage'>;
}
export interface UpdateSchedule extends At {
  readonly type: 'UpdateSchedule';
  readonly settings: ScheduleSettings;
  readonly status: ScheduleStatus;
  readonly nextDate: number | null;
}
export interface DeleteSchedule extends At {
  readonly type: 'DeleteSchedule';
}
/** The firing of `dueAt` has made a run, or was refused. Appends nothing if the next firing has changed meanwhile. */
export interface RecordFiring extends At {
  readonly type: 'RecordFiring';
  readonly dueAt: number;
  readonly outcome:
    | { readonly runId: string }
    | { readonly refused: string; readonly status: Extract<ScheduleStatus, 'trigger_disabled' | 'error'> };
  readonly nextDate: number | null;
  readonly missed: number;
}
export type ScheduleCommand = CreateSchedule | UpdateSchedule | DeleteSchedule | RecordFiring;

interface EventAt {
  readonly at: number;
}
export type ScheduleEvent =
  | { readonly type: 'ScheduleCreated'; readonly data: EventAt & CreateSchedule['schedule'] }
  | {
      readonly type: 'ScheduleUpdated';
      readonly data: EventAt & {
        readonly settings: ScheduleSettings;
        readonly status: ScheduleStatus;
        readonly nextDate: number | null;
      };
    }
  | { readonly type: 'ScheduleDeleted'; readonly data: EventAt }
  | {
      readonly type: 'ScheduleFired';
      readonly data: EventAt & {
        readonly dueAt: number;
        readonly runId: string;
        readonly nextDate: number | null;
        readonly missed: number;
      };
    }
  | {
      readonly type: 'ScheduleRefused';
      readonly data: EventAt & {
        readonly dueAt: number;
        readonly reason: string;
        readonly status: ScheduleStatus;
        readonly nextDate: number | null;
        readonly missed: number;
      };
    };

export function unknownSchedule(): RefusedError {
  return new RefusedError('SCHEDULE_INVALID_REFERENCE', 'Invalid Schedule reference has been provided.');
}

export const scheduleDecider: Decider<ScheduleState, ScheduleCommand, ScheduleEvent> = {
  decide(state, command) {
    if (command.type === 'CreateSchedule') {
      // Its id is derived from its cause, and it exists already.
      return state ? [] : [{ type: 'ScheduleCreated', data: { at: command.now, ...command.schedule } }];
    }
    if (!state || state.status === 'deleted') {
      if (command.type === 'RecordFiring') return [];
      throw unknownSchedule();
    }
    switch (command.type) {
      case 'UpdateSchedule': {
        const { settings, status, nextDate } = command;
        return [{ type: 'ScheduleUpdated', data: { at: command.now, settings, status, nextDate } }];
      }
      case 'DeleteSchedule':
        return [{ type: 'ScheduleDeleted', data: { at: command.now } }];
      case 'RecordFiring':
        return recordFiring(state, command);
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    if (event.type === 'ScheduleCreated') {
      const { at: _at, ...schedule } = event.data;
      return { ...schedule, missed: 0, lastRunId: null, statusMessage: null };
    }
    if (!state) throw new Error(`${event.type} cannot be the first event of a schedule`);
    switch (event.type) {
      case 'ScheduleUpdated':
        return {
          ...state,
          ...event.data.settings,
          status: event.data.status,
          nextDate: event.data.nextDate,
          statusMessage: null,
        };
      case 'ScheduleDeleted':
        return { ...state, status: 'deleted', nextDate: null };
      case 'ScheduleFired':
        return {
          ...state,
          status: event.data.nextDate === null ? 'completed' : 'active',
          nextDate: event.data.nextDate,
          missed: state.missed + event.data.missed,
          lastRunId: event.data.runId,
          statusMessage: null,
        };
      case 'ScheduleRefused':
        return {
          ...state,
          status: event.data.status,
          nextDate: event.data.nextDate,
          missed: state.missed + event.data.missed,
          statusMessage: event.data.reason,
        };
      default:
        return assertNever(event);
    }
  },
};

function recordFiring(
  state: ScheduleState,
  { dueAt, outcome, nextDate, missed, now: at }: RecordFiring,
): ScheduleEvent[] {
  if (state.nextDate !== dueAt) return [];
  if ('runId' in outcome)
    return [{ type: 'ScheduleFired', data: { at, dueAt, runId: outcome.runId, nextDate, missed } }];
  const { refused: reason, status } = outcome;
  return [{ type: 'ScheduleRefused', data: { at, dueAt, reason, status, nextDate, missed } }];
}
