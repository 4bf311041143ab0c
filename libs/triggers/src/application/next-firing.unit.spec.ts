import { afterFiring, cronProblem, nextDate, parseDate, timeOfDay } from './calendar';

const at = (text: string) => Date.parse(text);
const cron = (cronSchedule: string, timezone = 'UTC') =>
  ({ type: 'cron', cronSchedule, dateSchedule: null, timezone }) as Parameters<typeof afterFiring>[0];
const iso = (date: number | null) => (date === null ? null : new Date(date).toISOString().slice(0, 16));

describe('the next firing', () => {
  it.each([
    ['every hour', '0 * * * *', 'UTC', '2026-03-01T10:00Z', '2026-03-01T11:00'],
    ['a weekday', '0 9 * * 1-5', 'UTC', '2026-02-27T09:00Z', '2026-03-02T09:00'],
    ['the 31st', '0 0 31 * *', 'UTC', '2026-03-31T00:00Z', '2026-05-31T00:00'],
    ['29 February', '0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', '2028-02-29T00:00'],
    ['of a zone', '30 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00Z', '2026-01-01T04:00'],
    ['over the year’s end', '0 0 1 1 *', 'UTC', '2026-01-01T00:00Z', '2027-01-01T00:00'],
    ['where clocks are set forward', '30 2 * * *', 'Europe/Berlin', '2026-03-28T01:30Z', '2026-03-29T01:30'],
    ['none', 'no expression', 'UTC', '2026-01-01T00:00Z', null],
  ])('%s', (_what, expression, zone, after, next) => {
    expect(iso(nextDate(cron(expression, zone), at(after)))).toBe(next);
  });

  it('of a date is that date, until it has come', () => {
    const once = { type: 'runOnce', cronSchedule: null, dateSchedule: 100, timezone: 'UTC' } as const;
    expect([nextDate(once, 99), nextDate(once, 100)]).toEqual([100, null]);
  });
});

describe('after a firing', () => {
  const due = at('2026-03-01T10:00Z');
  const minutes = 60_000;
  const outcome = async (late: number) => {
    const counted: number[] = [];
    const count = (from: number) => Promise.resolve(counted.push(from) + 40);
    const { nextDate: next, missed } = await afterFiring(cron('* * * * *'), due, due + late, count);
    return [iso(next), missed, counted.map(iso)];
  };

  it('a delay of less than five minutes is made up for, minute by minute', async () => {
    expect(await outcome(0)).toEqual(['2026-03-01T10:01', 0, []]);
    expect(await outcome(6 * minutes)).toEqual(['2026-03-01T10:01', 0, []]);
  });

  it('of a longer one the missed are counted, and the next is to come', async () => {
    expect(await outcome(60 * minutes)).toEqual(['2026-03-01T11:00', 41, ['2026-03-01T10:01']]);
  });
});

describe('a date in a request', () => {
  it.each<[string | number, string, string]>([
    ['2026-01-31', 'UTC', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T09:30', 'Asia/Kolkata', '2026-01-31T04:00:00.000Z'],
    ['2026-01-31T09:30:00.5+05:30', 'UTC', '2026-01-31T04:00:00.500Z'],
    ['2026-01-31 09:30 -0100', 'Asia/Kolkata', '2026-01-31T10:30:00.000Z'],
    [' 2026-01-31T09:30:00z ', 'Asia/Kolkata', '2026-01-31T09:30:00.000Z'],
    [1_700_000_000_000, 'UTC', '2023-11-14T22:13:20.000Z'],
  ])('%j in %s', (given, zone, moment) => {
    expect(new Date(parseDate(given, zone)).toISOString()).toBe(moment);
  });

  it.each(['2026-02-30', '2026-13-01', '2026-01-01T24:00', '31.1.2026', '', NaN])('%j is refused', (given) => {
    expect(() => parseDate(given, 'UTC')).toThrow('dateSchedule must be a date');
  });
});

describe('an expression', () => {
  it.each<[string, string | null]>([
    ['0 9 * * 1-5', null],
    ['0 0 30 2 *', 'never fires'],
    ['61 * * * *', 'minute'],
    ['* * *', 'must have 5 to 7 fields'],
    [`${'0,'.repeat(1000)}0 * * * *`, 'characters'],
  ])('%.20s', (expression, problem) => {
    if (problem === null) expect(cronProblem(expression, Date.now())).toBeNull();
    else expect(cronProblem(expression, Date.now())).toContain(problem);
  });
});

it.each([
  ['2026-01-31T20:00Z', '09:30', 'Asia/Kolkata', '2026-02-01T04:00'],
  ['2026-01-31T12:00Z', '09:30', 'UTC', '2026-01-31T09:30'],
  ['2026-07-01T02:00Z', '23:00', 'America/New_York', '2026-07-01T03:00'],
])('at %s the clock shows %s in %s at %s', (moment, time, zone, expected) => {
  expect(iso(timeOfDay(at(moment), time, zone))).toBe(expected);
});
