/** Bounds of schedules and events, in one place. */

/** The most characters of a cron expression. */
export const maxCronLength = 256;

/** The last millisecond of the year 9999. */
export const latestDate = 253_402_300_799_999;

/** The most dates in one answer, shared equally by its schedules; each gets at least one. */
export const maxCalendarDates = 2000;

/** The most milliseconds of computing for one answer's dates. */
export const maxCalendarTime = 1000;

/** The most missed firings that are counted after one outage of one schedule. */
export const maxCountedFirings = 2000;

/**
 * The most milliseconds that one process spends on counting missed firings within `countingWindow`. Beyond it, none are
 * counted.
 */
export const maxCountingTime = 500;
export const countingWindow = 10_000;

/** The most workflows that one event without a `ref` starts. */
export const maxEventWorkflows = 250;

/** The most bytes of such an event, counted once for each workflow. */
export const maxEventBytes = 8 * 1024 * 1024;

/** How many of these runs are created at the same time. */
export const eventsAtOnce = 25;
