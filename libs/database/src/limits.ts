/**
 * How long anything about the database may take, in milliseconds. The server's own limits come first; ours are for a server, or a way to
 * it, that has fallen silent.
 */
export const databaseLimits = {
  /** To make a connection, or to be given one of the pool. */
  connect: 5_000,
  /** A statement, by the server itself. */
  statement: 30_000,
  /** A wait for a lock, by the server itself. */
  lock: 10_000,
  /** A transaction in which nothing happens, by the server itself. */
  idleInTransaction: 30_000,
  /** A statement, by us: then its connection is thrown away. Above what the server allows. */
  answer: 35_000,
  /** The same for migrations and advisory locks, which have no limit of the server. */
  migrationAnswer: 600_000,
  /** After so long, the server is asked over another connection whether it works on the statement at all. */
  doubt: 1_000,
  /** Between two looks at the statements under way. */
  look: 500,
  /** After the database has answered again, without another loss, until its return is told. */
  calm: 3_000,
  /** Without traffic, until TCP itself asks whether the other side lives. */
  keepAlive: 10_000,
} as const;
