import { RefusedError } from '#libs/kernel';
import { CronError, CronExpression, CronSeries, LocalClock, type ScheduleSettings } from '../domain';
import { latestDate, maxCronLength } from './bounds';
import type { DateBudget } from './date-budget';

/** After a shorter outage than this, all firings are made up for; after a longer one, only one. */
const grace = 5 * 60_000;

/** What is wrong with the expression, as a predicate; null if it is valid. */
export function cronProblem(expression: string): string | null {
  if (expression.length > maxCronLength) return `must have at most ${maxCronLength} characters`;
  try {
    const parsed = CronExpression.parse(expression);
    return parsed.next(Date.now()) === null ? 'never fires' : null;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

/** The next dates on which a valid expression fires; fewer if there are no more. */
export function firstDates(expression: string, timezone: string, count: number): number[] {
  const series = new CronSeries(CronExpression.parse(expression), new LocalClock(timezone));
  const dates: number[] = [];
  for (let date = series.next(Date.now()); date !== null && dates.length < count; date = series.next(date))
    dates.push(date);
  return dates;
}

type Timing = Pick<ScheduleSettings, 'type' | 'cronSchedule' | 'dateSchedule' | 'timezone'>;

/**
 * The first date after `after` on which the schedule fires; null = none. None also for an expression that was valid
 * when it was saved, and is no longer.
 */
export function nextDate(timing: Timing, after: number): number | null {
  return nextOf(timing)(after);
}

function nextOf({ type, cronSchedule, dateSchedule, timezone }: Timing): (after: number) => number | null {
  if (type === 'runOnce') return (after) => (dateSchedule !== null && dateSchedule > after ? dateSchedule : null);
  try {
    const series = new CronSeries(CronExpression.parse(cronSchedule ?? ''), new LocalClock(timezone));
    return (after) => series.next(after);
  } catch (error) {
    if (error instanceof CronError) return () => null;
    throw error;
  }
}

/**
 * The dates from `from` (inclusive) to `to` (exclusive), as far as the budget allows and at most `limit`; other work
 * runs meanwhile.
 */
export async function datesBetween(
  settings: ScheduleSettings,
  from: number,
  to: number,
  limit: number,
  budget: DateBudget,
): Promise<{ dates: number[]; isCut: boolean }> {
  const dates: number[] = [];
  const next = nextOf(settings);
  for (let after = from - 1; ;) {
    const date = await budget.compute(() => next(after));
    if (date === null || date >= to) return { dates, isCut: false };
    if (dates.length >= limit) return { dates, isCut: true };
    dates.push(date);
    after = date;
  }
}

/** The next date after the firing of `dueAt`, at the time `now`: makes up for short delays, but not for an outage. */
export async function afterFiring(
  settings: ScheduleSettings,
  dueAt: number,
  now: number,
  count: (from: number) => Promise<number>,
): Promise<{ nextDate: number | null; missed: number }> {
  if (settings.type === 'runOnce') return { nextDate: null, missed: 0 };
  const following = nextDate(settings, dueAt);
  if (following === null || following >= now - grace) return { nextDate: following, missed: 0 };
  return { nextDate: nextDate(settings, now - 1), missed: await count(following) };
}

/**
 * A date of a request: milliseconds since the epoch, or ISO 8601; without an offset it is local to the time zone.
 * @throws RefusedError SCHEDULE_INVALID_DEFINITION
 */
export function parseDate(given: string | number, timezone: string): number {
  const time = typeof given === 'number' ? given : parseText(given, timezone);
  if (!Number.isFinite(time) || time < 0 || time > latestDate) {
    throw new RefusedError(
      'SCHEDULE_INVALID_DEFINITION',
      'dateSchedule must be a date such as 2026-01-31T09:30:00.000+00:00, up to the year 9999.',
    );
  }
  return time;
}

const dateText =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** NaN for a date that does not exist, such as 30 February. */
function parseText(given: string, timezone: string): number {
  const [whole, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', offset] =
    dateText.exec(given.trim()) ?? [];
  if (whole === undefined) return NaN;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields;
  const local = Date.UTC(y, mo - 1, d, h, mi, s);
  const read = new Date(local);
  const again = [
    read.getUTCFullYear(),
    read.getUTCMonth() + 1,
    read.getUTCDate(),
    read.getUTCHours(),
    read.getUTCMinutes(),
    read.getUTCSeconds(),
  ];
  if (again.some((each, index) => each !== fields[index])) return NaN;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return (offset === undefined ? new LocalClock(timezone).instant(local) : local - offsetOf(offset)) + milliseconds;
}

function offsetOf(text: string): number {
  const [, sign, hours, minutes = 0] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  if (sign === undefined) return 0;
  const size = Number(hours) * 60 + Number(minutes);
  return (sign === '-' ? -size : size) * 60_000;
}

/** The moment when a clock in the time zone shows this time of day, HH:mm, on its date at `at`. */
export function timeOfDay(at: number, time: string, timezone: string): number {
  const clock = new LocalClock(timezone);
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const midnight = Math.floor(clock.local(at) / 86_400_000) * 86_400_000;
  return clock.instant(midnight + hours * 3_600_000 + minutes * 60_000);
}
