import { type DayRule, type Month, monthDayRule, weekdayRule } from './cron-days';
import { CronError } from './cron-error';
import { type FieldKind, shown, valuesOfField } from './cron-field';

const second: FieldKind = { name: 'second', min: 0, max: 59, wraps: true };
const minute: FieldKind = { name: 'minute', min: 0, max: 59, wraps: true };
const hour: FieldKind = { name: 'hour', min: 0, max: 23, wraps: true };
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const month: FieldKind = { name: 'month', min: 1, max: 12, names: monthNames, firstNamed: 1, wraps: true };
const year: FieldKind = { name: 'year', min: 1970, max: 2099, wraps: false };

/** How many years to look ahead. The rarest date, a weekday of 29 February, comes every 40 years at least. */
const horizon = 41;

const day = 86_400_000;

/**
 * A cron expression. Five fields are Unix: minute, hour, day, month, weekday from 0 to 7 (0 and 7 are Sunday). With a
 * `?`, or with six fields (seconds first) or seven (years last), it is Quartz: weekdays from 1, Sunday, to 7. It
 * ignores changes of clocks: a time is what an unchanged clock shows, as milliseconds since the epoch in UTC.
 */
export class CronExpression {
  private constructor(
    private readonly seconds: readonly number[],
    private readonly minutes: readonly number[],
    private readonly hours: readonly number[],
    private readonly months: ReadonlySet<number>,
    private readonly years: ReadonlySet<number> | null,
    private readonly daysOf: (month: Month) => readonly number[],
  ) {}

  /** @throws CronError */
  static parse(text: string): CronExpression {
    const given = text.trim();
    if (given.startsWith('@')) throw new CronError('must be made of fields, such as 0 9 * * 1-5');
    const fields = given.split(/\s+/);
    if (given === '' || fields.length < 5 || fields.length > 7) {
      const count = given === '' ? 0 : fields.length;
      throw new CronError(`must have 5 to 7 fields (minute hour day month weekday); it has ${count}`);
    }
    const isQuartz = fields.length > 5 || fields.includes('?');
    const [seconds, minutes, hours, monthDay, months, weekday, years = '*'] =
      fields.length === 5 ? ['0', ...fields] : fields;
    const values = (field: string | undefined, kind: FieldKind) =>
      valuesOfField(field ?? '', isQuartz ? kind : { ...kind, wraps: false });
    return new CronExpression(
      values(seconds, second),
      values(minutes, minute),
      values(hours, hour),
      new Set(values(months, month)),
      years === '*' ? null : new Set(values(years, year)),
      daysRule(monthDay ?? '', weekday ?? '', isQuartz),
    );
  }

  /** Whether it fires in every hour of its days: then it follows elapsed time when clocks go back. */
  get isEveryHour(): boolean {
    return this.hours.length === 24;
  }

  /** The first time after `after`; null if there is none within 41 years. */
  next(after: number): number | null {
    const from = Math.floor(after / 1000) * 1000 + 1000;
    const first = new Date(from);
    const firstYear = first.getUTCFullYear();
    for (let index = firstYear * 12 + first.getUTCMonth(); index < (firstYear + horizon) * 12; index++) {
      const time = this.nextIn(Math.floor(index / 12), index % 12, from);
      if (time !== null) return time;
    }
    return null;
  }

  private nextIn(inYear: number, monthIndex: number, from: number): number | null {
    if (!this.months.has(monthIndex + 1) || (this.years && !this.years.has(inYear))) return null;
    const start = Date.UTC(inYear, monthIndex, 1);
    const days = Math.round((Date.UTC(inYear, monthIndex + 1, 1) - start) / day);
    for (const dayOfMonth of this.daysOf({ days, firstWeekday: new Date(start).getUTCDay() })) {
      const midnight = start + (dayOfMonth - 1) * day;
      if (midnight + day <= from) continue;
      const time = this.timeOfDay(Math.max(0, from - midnight) / 1000);
      if (time !== null) return midnight + time * 1000;
    }
    return null;
  }

  /** The first matching second of a day, not before `from`. */
  private timeOfDay(from: number): number | null {
    for (const anHour of this.hours) {
      if ((anHour + 1) * 3600 <= from) continue;
      for (const aMinute of this.minutes) {
        const start = anHour * 3600 + aMinute * 60;
        if (start + 60 <= from) continue;
        const found = this.seconds.find((aSecond) => start + aSecond >= from);
        if (found !== undefined) return start + found;
      }
    }
    return null;
  }
}

/** The days of a month, ascending, that both fields allow. */
function daysRule(monthDay: string, weekday: string, isQuartz: boolean): (month: Month) => readonly number[] {
  const isFree = (field: string) => field === '*' || field === '?';
  if (monthDay === '?' && weekday === '?')
    throw new CronError('must have ? for the day or for the weekday, not for both');
  if (isQuartz && !isFree(monthDay) && !isFree(weekday)) {
    throw new CronError(
      `names a day of month ${shown(monthDay)} and a weekday ${shown(weekday)}: one of the two must be ? here`,
    );
  }
  const rules: DayRule[] = [];
  if (!isFree(monthDay)) for (const item of monthDay.split(',')) rules.push(monthDayRule(item, isQuartz));
  if (!isFree(weekday)) for (const item of weekday.split(',')) rules.push(weekdayRule(item, isQuartz));
  if (rules.length === 0) return ({ days }) => Array.from({ length: days }, (_, index) => index + 1);
  return (each) => [...new Set(rules.flatMap((rule) => rule(each)))].sort((one, other) => one - other);
}
