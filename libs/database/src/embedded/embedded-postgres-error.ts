/**
 * The embedded PostgreSQL cannot run on this machine. The message is for an operator: what is wrong, and what to set.
 */
export class EmbeddedPostgresError extends Error {}
