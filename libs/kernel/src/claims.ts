/**
 * Who sends an agent's message: the token must be the one that the item was claimed with, and `fence`, where it is sent, the current
 * claim's. Absent altogether: a person or the API, not an agent.
 */
export interface Holder {
  readonly tokenId: string;
  readonly fence?: number;
}

/**
 * Who holds a lock or waits for it: one try of one task, for its run. Each try that waits makes a claim of its own, so that what is
 * said of an earlier try is never taken for a later one.
 */
export interface LockClaim {
  readonly runId: string;
  readonly taskId: string;
  /** Tries of the task that had failed before this one: 0 for its first. */
  readonly tries: number;
}

/** A claim as its run knows it: also what it is for. */
export interface NamedClaim extends LockClaim {
  readonly key: string;
}
