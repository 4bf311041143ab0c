/** What is wrong with an expression, as a predicate: `minute must …`. It names the figures as they were sent. */
export class CronError extends Error {}
