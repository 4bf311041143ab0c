import { RefusedError } from '#libs/kernel';
import { Cron } from 'croner';
import type { ScheduleSettings } from '../domain';
import { latestDate, maxCronLength } from './bounds';
import type { DateBudget } from './date-budget';

/** Firings that an outage of less than this has put off are all made up for; of a longer one, one firing is. */
const grace = 5 * 60_000;

/** What is wrong with the expression; null for a valid one. Five fields, six (seconds first), or seven (year last). */
export function cronProblem(expression: string): string | null {
  if (expression.length > maxCronLength) return `must have at most ${maxCronLength} characters`;
  const fields = expression.trim().split(/\s+/).length;
  if (expression.trim().startsWith('@')) return 'must be made of fields, such as 0 9 * * 1-5';
  if (fields < 5 || fields > 7) return `must have 5 to 7 fields (minute hour day month weekday); it has ${fields}`;
  try {
    if (new Cron(expression, { timezone: 'UTC' }).nextRun() === null) return 'never comes about';
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '').slice(0, 200);
  }
}

/** The first date after `after` on which the schedule fires; null = none. */
export function nextDate(
  settings: Pick<ScheduleSettings, 'type' | 'cronSchedule' | 'dateSchedule' | 'timezone'>,
  after: number,
): number | null {
  if (settings.type === 'runOnce') {
    return settings.dateSchedule !== null && settings.dateSchedule > after ? settings.dateSchedule : null;
  }
  const next = new Cron(settings.cronSchedule ?? '', { timezone: settings.timezone }).nextRun(new Date(after));
  return next?.getTime() ?? null;
}

/** The dates from `from` (inclusive) to `to` (exclusive), as far as the budget reaches and at most `limit`; others are served meanwhile. */
export async function datesBetween(
  settings: ScheduleSettings,
  from: number,
  to: number,
  limit: number,
  budget: DateBudget,
): Promise<{ dates: number[]; isCut: boolean }> {
  const dates: number[] = [];
  for (let after = from - 1; ;) {
    const date = await budget.compute(() => nextDate(settings, after));
    if (date === null || date >= to) return { dates, isCut: false };
    if (dates.length >= limit) return { dates, isCut: true };
    dates.push(date);
    after = date;
  }
}

/** What comes after the firing of `dueAt`, now that it is `now`: short delays are made up for, an outage is not. */
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
 * A date as a request gives it: milliseconds since the epoch, or ISO 8601; without offset it is local to the time zone.
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

function parseText(given: string, timezone: string): number {
  const hasOffset = /(?:z|[+-]\d{2}:?\d{2})$/i.test(given.trim());
  return hasOffset ? Date.parse(given) : localTime(given.trim(), timezone);
}

/** The moment at which a clock in the time zone shows this. */
export function localTime(text: string, timezone: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?$/.exec(text);
  if (!match) return NaN;
  const asUtc = Date.parse(`${match[1]}T${match[2]}:${match[3] ?? '00'}Z`);
  // The offset at the guess, and again at what that leads to: right on all but the hour that a change of clocks leaves out.
  const first = asUtc - offsetAt(asUtc, timezone);
  return asUtc - offsetAt(first, timezone);
}

function offsetAt(time: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(time);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(time / 1000) * 1000;
}

/** The day of `time` as the time zone has it, YYYY-MM-DD. */
export function localDay(time: number, timezone: string): string {
  return new Date(time + offsetAt(time, timezone)).toISOString().slice(0, 10);
}
