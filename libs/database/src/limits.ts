/**
 * Time limits for everything about the database, in milliseconds. The server's own limits apply first; ours are for a
 * server, or a network, that has fallen silent.
 */
export const databaseLimits = {
  /** To make a connection, or to get one from the pool. */
  connect: 5_000,
  /** A statement; the server enforces it. */
  statement: 30_000,
  /** A statement of an API's request that reads, unless a setting says otherwise; the server enforces it. */
  read: 10_000,
  /** A wait for a lock; the server enforces it. */
  lock: 10_000,
  /** An idle transaction; the server enforces it. */
  idleInTransaction: 30_000,
  /** A statement; we enforce it by closing its connection. Higher than the server's limit. */
  answer: 35_000,
  /** The same for migrations and advisory locks, for which the server has no limit. */
  migrationAnswer: 600_000,
  /** After this time, we ask the server over another connection whether it works on the statement. */
  doubt: 1_000,
  /** Between two checks of the statements in progress. */
  look: 500,
  /** Without another loss for this time, we report that the database is back. */
  calm: 3_000,
  /** Without traffic for this time, TCP checks whether the other side is alive. */
  keepAlive: 10_000,
} as const;
