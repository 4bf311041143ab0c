/** Bounds of event streams, in one place. */

/** Positions of the ledger that a stream over many runs goes back at most. */
export const mostBehind = 100_000;

/** Streams and waiting requests of one team, and of all teams, in one process. */
export const mostOfTeam = 1500;
export const mostOfServer = 5000;

/** Events that are read at once for a reader that has missed some, and readers for which that is done at once. */
export const missedAtOnce = 200;
export const mostCatchingUp = 4;

/** Bytes of events that are kept for a reader while it gets what it has missed; beyond it, it reads those from the ledger as well. */
export const mostPending = 1024 * 1024;

/** Milliseconds between two signs of life on a stream. */
export const keepAlive = 15_000;
