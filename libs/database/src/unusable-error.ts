/**
 * The server cannot start on its database. The message is one sentence for an operator: what is wrong, and what to do.
 */
export class DatabaseUnusableError extends Error {}
