import type { ScheduleSettings } from '../domain';
import { afterFiring, cronProblem, datesBetween, parseDate } from './calendar';
import { DateBudget, DatesTakeTooLong } from './date-budget';

const minutely: ScheduleSettings = {
  workflowId: 'w',
  name: 'w',
  description: null,
  type: 'cron',
  labels: {},
  cronSchedule: '* * * * *',
  dateSchedule: null,
  timezone: 'America/New_York',
  params: [],
};
const noon = Date.parse('2030-01-01T12:00:00Z');
const hour = 3_600_000;

describe('dates of schedules', () => {
  it('are as many as are asked for, and tell where there are more', async () => {
    const budget = new DateBudget(60_000);
    expect(await datesBetween(minutely, noon, noon + 3 * 60_000, 100, budget)).toEqual({
      dates: [noon, noon + 60_000, noon + 120_000],
      isCut: false,
    });
    expect(await datesBetween(minutely, noon, noon + hour, 2, budget)).toEqual({
      dates: [noon, noon + 60_000],
      isCut: true,
    });
  });

  it('have a bound on the time that one answer may take, and let others in between', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    await expect(datesBetween(minutely, noon, Infinity, 1e9, new DateBudget(100))).rejects.toThrow(DatesTakeTooLong);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
  });

  it('after an outage are counted by whoever has the time', async () => {
    const asked: number[] = [];
    const count = (from: number) => Promise.resolve(asked.push(from));
    expect(await afterFiring(minutely, noon, noon + hour + 1, count)).toEqual({
      nextDate: noon + hour + 60_000,
      missed: 1,
    });
    expect(asked).toEqual([noon + 60_000]);
  });

  it.each([
    ['0 0 30 2 *', 'never fires'],
    ['0 0 31 2,4,6,9,11 *', 'never fires'],
    [`${'0,'.repeat(150)}0 * * * *`, 'must have at most 256 characters'],
    ['* * *', 'must have 5 to 7 fields (minute hour day month weekday); it has 3'],
  ])('do not come of %p', (expression, problem) => {
    expect(cronProblem(expression)).toBe(problem);
  });

  it.each(['+012345-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', 8_640_000_000_000_000, -1, 'tomorrow'])(
    'are not %p',
    (given) => {
      expect(() => parseDate(given, 'UTC')).toThrow('up to the year 9999');
    },
  );
});
