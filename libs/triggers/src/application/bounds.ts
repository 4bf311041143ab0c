/** Bounds on schedules, in one place. */

/** Characters of a cron expression. */
export const maxCronLength = 256;

/** The last millisecond of the year 9999. */
export const latestDate = 253_402_300_799_999;

/** Dates in one answer, over all schedules that it is about; each has an equal share of at least one. */
export const maxCalendarDates = 2000;

/** Milliseconds of computing for one answer's dates. */
export const maxCalendarTime = 1000;

/** Missed firings that are counted after one outage of one schedule; more are not told apart. */
export const maxCountedFirings = 2000;

/** Milliseconds of computing for the missed firings that one process counts within `countingWindow`. Past it none is counted. */
export const maxCountingTime = 500;
export const countingWindow = 10_000;
