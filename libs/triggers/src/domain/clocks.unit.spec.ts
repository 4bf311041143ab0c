import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { CronExpression } from './cron-expression';
import { CronSeries } from './cron-series';
import { LocalClock } from './local-clock';

/*
 * Tests time zones. Compares the series with another way to the same dates: croner says which local times an expression
 * means, and Temporal says which moments they are.
 */

const day = 86_400_000;

/** A year in which the zone changes its clocks, by an hour at night unless a comment says otherwise. */
const zones: readonly (readonly [string, number])[] = [
  ['Europe/Berlin', 2026],
  ['America/New_York', 2026],
  ['Australia/Lord_Howe', 2026], // by half an hour
  ['America/Santiago', 2026], // at midnight
  ['Africa/Cairo', 2026], // at midnight
  ['Africa/Casablanca', 2026], // around Ramadan
  ['Asia/Tehran', 2021], // half-hour offset, at midnight
  ['America/Sao_Paulo', 2018], // at midnight
  ['Pacific/Apia', 2011], // skips a whole day
  ['Asia/Kolkata', 2026], // never
];
const expressions = [
  '30 2 * * *',
  '0,30 2,3 * * *',
  '0 0 * * *',
  '15 0,1,23 * * *',
  '*/20 1-4 * * *',
  '30 1 * * 0',
  '0 12 30 12 *',
];
const hourly = ['0 * * * *', '*/20 * * * *'];

function changesOf(zone: string, year: number): number[] {
  const changes: number[] = [];
  let at = Temporal.ZonedDateTime.from(`${year}-01-01T00:00[${zone}]`);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (!next || next.year > year) return changes;
    changes.push(next.epochMilliseconds);
    at = next;
  }
}

/** Every local time that the expression means around these moments, as moments. */
function expected(expression: string, zone: string, from: number, to: number, isHourly: boolean): number[] {
  const cron = new Cron(expression, { timezone: 'UTC' });
  const moments = new Set<number>();
  const last = to + 2 * day;
  for (
    let local = cron.nextRun(new Date(from - 2 * day));
    local && local.getTime() < last;
    local = cron.nextRun(local)
  ) {
    const plain = Temporal.PlainDateTime.from(local.toISOString().slice(0, 19));
    for (const disambiguation of isHourly ? (['compatible', 'later'] as const) : (['compatible'] as const))
      moments.add(plain.toZonedDateTime(zone, { disambiguation }).epochMilliseconds);
  }
  return [...moments].filter((each) => each > from && each < to).sort((one, other) => one - other);
}

function series(expression: string, zone: string): CronSeries {
  return new CronSeries(CronExpression.parse(expression), new LocalClock(zone));
}

function found(expression: string, zone: string, from: number, to: number): number[] {
  const dates: number[] = [];
  const all = series(expression, zone);
  for (let date = all.next(from); date !== null && date < to; date = all.next(date)) dates.push(date);
  return dates;
}

describe('a schedule in a zone whose clocks are changed', () => {
  it.each(zones)('%s in %i', (zone, year) => {
    const changes = zone === 'Asia/Kolkata' ? [Date.UTC(year, 2, 29)] : changesOf(zone, year);
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes) {
      const from = change - 3 * day;
      const to = change + 3 * day;
      for (const expression of expressions)
        expect([expression, found(expression, zone, from, to)]).toEqual([
          expression,
          expected(expression, zone, from, to, false),
        ]);
      for (const expression of hourly)
        expect([expression, found(expression, zone, from, to)]).toEqual([
          expression,
          expected(expression, zone, from, to, true),
        ]);
    }
  });

  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'], // 03:30, moved by the gap
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'], // the first 02:30
    ['30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00.000Z'], // not the second 01:30
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', '2026-10-03T15:45:00.000Z'], // 02:45, moved by half an hour
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z', '2026-09-06T04:00:00.000Z'], // midnight is skipped
  ])('%s in %s after %s', (expression, zone, after, date) => {
    expect(new Date(series(expression, zone).next(Date.parse(after)) ?? 0).toISOString()).toBe(date);
  });
});

describe('an expression', () => {
  const dates = (expression: string, after: string, count: number): string[] => {
    const parsed = CronExpression.parse(expression);
    const all: string[] = [];
    let at: number | null = Date.parse(after);
    while (all.length < count && at !== null) {
      at = parsed.next(at);
      if (at !== null) all.push(new Date(at).toISOString().slice(0, 19));
    }
    return all;
  };

  it.each([
    '5 4 * * *',
    '*/15 9-17 * * 1-5',
    '0 0 1,15 * *',
    '0 0 13 * 5', // either of the two
    '0 0 * * 7',
    '0 0 * * 0',
    '0 0 29 2 *',
    '0 0 31 * *',
    '0 6 L * *',
    '0 6 * * 5L',
    '0 6 * * 1#2',
    '0 6 * * MON#1',
    '0 6 15W * *',
    '0 6 1W * *',
    '0 6 * JAN,jul *',
    '59 23 31 12 *',
  ])('of the Unix kind: %s', (expression) => {
    const cron = new Cron(expression, { timezone: 'UTC' });
    const others = cron.nextRuns(40, new Date('2026-11-25T00:00:00Z')).map((each) => each.toISOString().slice(0, 19));
    expect(dates(expression, '2026-11-25T00:00:00Z', 40)).toEqual(others);
  });

  it.each([
    ['0 0 0/1 1/1 * ? *', '2026-11-25T01:00:00', '2026-11-25T02:00:00'],
    ['0 0 0 1/1 * ? *', '2026-11-26T00:00:00', '2026-11-27T00:00:00'],
    ['0 0 0 1 1/1 ? *', '2026-12-01T00:00:00', '2027-01-01T00:00:00'],
    ['0 0/15 * * * ?', '2026-11-25T00:15:00', '2026-11-25T00:30:00'],
    ['0 7/20 * * * ?', '2026-11-25T00:07:00', '2026-11-25T00:27:00'],
    ['0 0 12 ? * 2 *', '2026-11-30T12:00:00', '2026-12-07T12:00:00'], // Mondays
    ['0 12 ? * 2', '2026-11-30T12:00:00', '2026-12-07T12:00:00'], // five fields, and a question mark
    ['0 0 12 * * 2', '2026-11-30T12:00:00', '2026-12-07T12:00:00'],
    ['0 0 12 ? * 2-6 *', '2026-11-25T12:00:00', '2026-11-26T12:00:00'], // Monday to Friday
    ['0 0 12 ? * FRI-MON', '2026-11-27T12:00:00', '2026-11-28T12:00:00'],
    ['0 0 8 ? * 1 *', '2026-11-29T08:00:00', '2026-12-06T08:00:00'], // Sundays
    ['0 0 8 ? * L', '2026-11-28T08:00:00', '2026-12-05T08:00:00'], // Saturdays
    ['0 15 10 ? * 6L *', '2026-11-27T10:15:00', '2026-12-25T10:15:00'], // the last Friday
    ['0 15 10 ? * 6L 2027-2028', '2027-01-29T10:15:00', '2027-02-26T10:15:00'],
    ['0 15 10 ? * 6#3 *', '2026-12-18T10:15:00', '2027-01-15T10:15:00'], // the third Friday
    ['0 0 6 L * ?', '2026-11-30T06:00:00', '2026-12-31T06:00:00'],
    ['0 0 6 L-3 * ?', '2026-11-27T06:00:00', '2026-12-28T06:00:00'],
    ['0 0 6 LW * ?', '2026-11-30T06:00:00', '2026-12-31T06:00:00'],
    ['0 0 6 LW 1,5 ?', '2027-01-29T06:00:00', '2027-05-31T06:00:00'], // 31 January 2027 is a Sunday
    ['0 0 6 15W * ?', '2026-12-15T06:00:00', '2027-01-15T06:00:00'],
    ['0 0 6 1W 5,8 ?', '2027-05-03T06:00:00', '2027-08-02T06:00:00'], // not before the first
    ['0 0 0 29 2 ?', '2028-02-29T00:00:00', '2032-02-29T00:00:00'],
    ['0 0 0 ? 2 1#5', '2032-02-29T00:00:00', '2060-02-29T00:00:00'], // five Sundays in February
    ['10 20 3 ? * 3/2', '2026-11-26T03:20:10', '2026-11-28T03:20:10'], // Tuesdays, Thursdays, Saturdays
  ])('of Quartz: %s', (expression, first, second) => {
    expect(dates(expression, '2026-11-25T00:00:00Z', 2)).toEqual([first, second]);
  });

  it.each([
    ['61 * * * *', 'minute "61" must be from 0 to 59'],
    ['0 24 * * *', 'hour "24" must be from 0 to 23'],
    ['0 0 12 ? * 0', 'weekday "0" must be from 1 to 7'],
    ['0 0 * * 8', 'weekday "8" must be from 0 to 7'],
    ['0 0 0 * *', 'day of month "0" must be from 1 to 31'],
    ['0 0 5-1 * *', 'day of month "5-1" is a range from high to low'],
    ['*/0 * * * *', 'minute "*/0" has a step of 0'],
    ['0 0 12 13 * 6', 'one of the two must be ?'],
    ['0 0 12 ? * ?', 'not for both'],
    ['0 0 * * 1#6', 'must count from 1 to 5'],
    ['0 0 0 1 1 ? 1969', 'year "1969" must be from 1970 to 2099'],
    ['never', 'it has 1'],
    ['', 'it has 0'],
    ['1,,2 * * * *', 'minute "" is not a number'],
  ])('is refused with its figures: %s', (expression, message) => {
    expect(() => CronExpression.parse(expression)).toThrow(message);
  });
});
