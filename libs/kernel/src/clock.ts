/** Where the shell gets the time from; the domain is handed `now` with each command. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
