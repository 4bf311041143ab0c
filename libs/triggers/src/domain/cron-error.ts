/** What is wrong with an expression, as a predicate: `minute must …`. Repeats the numbers as the user wrote them. */
export class CronError extends Error {}
