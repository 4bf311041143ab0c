/** Bounds on schedules and events, in one place. */

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

/** Workflows that one event without a `ref` starts. */
export const maxEventWorkflows = 250;

/** Bytes of such an event, once for each of them. */
export const maxEventBytes = 8 * 1024 * 1024;

/** Of them, runs that are asked for at the same time. */
export const eventsAtOnce = 25;
