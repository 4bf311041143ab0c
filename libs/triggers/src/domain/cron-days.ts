import { CronError } from './cron-error';
import { type FieldKind, shown, valuesOfItem } from './cron-field';

/** The properties of a month that rules for days need. Weekdays count from 0, Sunday. */
export interface Month {
  readonly days: number;
  /** Weekday of the first day. */
  readonly firstWeekday: number;
}

/** The days of a month that one item of a field means. */
export type DayRule = (month: Month) => readonly number[];

const monthDays: FieldKind = { name: 'day of month', min: 1, max: 31, wraps: false };
const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const unixWeekdays: FieldKind = { name: 'weekday', min: 0, max: 7, names: weekdayNames, firstNamed: 0, wraps: false };
const quartzWeekdays: FieldKind = { name: 'weekday', min: 1, max: 7, names: weekdayNames, firstNamed: 1, wraps: true };

/** `L`, `L-3`, `LW`, `15W`, and numbers. @throws CronError */
export function monthDayRule(text: string, isQuartz: boolean): DayRule {
  const last = /^L(?:-(\d{1,2}))?(W)?$/i.exec(text);
  if (last) {
    const back = Number(last[1] ?? 0);
    if (back > 30) throw new CronError(`day of month ${shown(text)} must go back at most 30 days`);
    return (month) => nearest(month, month.days - back, last[2] !== undefined);
  }
  const working = /^(\d{1,2})W$/i.exec(text);
  if (working) {
    const [day = 0] = valuesOfItem(working[1] ?? '', monthDays);
    return (month) => nearest(month, day, true);
  }
  const days = valuesOfItem(text, { ...monthDays, wraps: isQuartz });
  return (month) => days.filter((day) => day <= month.days);
}

/**
 * The day, or with `isWorking` the nearest weekday from Monday to Friday within the month; none if the month does not
 * have the day.
 */
function nearest(month: Month, day: number, isWorking: boolean): readonly number[] {
  if (day < 1 || day > month.days) return [];
  if (!isWorking) return [day];
  const weekday = weekdayOf(month, day);
  if (weekday === 6) return [day === 1 ? 3 : day - 1];
  if (weekday === 0) return [day === month.days ? day - 2 : day + 1];
  return [day];
}

/** `6L` (the last of that weekday), `6#3` (the third), `L` (Quartz: Saturday), and numbers or names. @throws CronError */
export function weekdayRule(text: string, isQuartz: boolean): DayRule {
  const kind = isQuartz ? quartzWeekdays : unixWeekdays;
  const numberOf = (weekday: string): number => normal(valuesOfItem(weekday, kind)[0] ?? 0, isQuartz);
  if (/^L$/i.test(text) && isQuartz) return (month) => all(month, 6);
  const last = /^([0-7]|[A-Z]{3})L$/i.exec(text);
  if (last) {
    const weekday = numberOf(last[1] ?? '');
    return (month) => all(month, weekday).slice(-1);
  }
  const nth = /^([0-9A-Z]+)#(\d{1,4})$/i.exec(text);
  if (nth) {
    const weekday = numberOf(nth[1] ?? '');
    const count = Number(nth[2]);
    if (count < 1 || count > 5) throw new CronError(`weekday ${shown(text)} must count from 1 to 5 after #`);
    return (month) => all(month, weekday).slice(count - 1, count);
  }
  const weekdays = new Set(valuesOfItem(text, kind).map((each) => normal(each, isQuartz)));
  return (month) => [...weekdays].flatMap((weekday) => all(month, weekday));
}

/** From 0, Sunday. */
function normal(weekday: number, isQuartz: boolean): number {
  return isQuartz ? weekday - 1 : weekday % 7;
}

function weekdayOf({ firstWeekday }: Month, day: number): number {
  return (firstWeekday + day - 1) % 7;
}

function all({ days, firstWeekday }: Month, weekday: number): number[] {
  const first = 1 + ((weekday - firstWeekday + 7) % 7);
  const found: number[] = [];
  for (let day = first; day <= days; day += 7) found.push(day);
  return found;
}
