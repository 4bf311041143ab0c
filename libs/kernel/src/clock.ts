/** The source of time for the shell; the domain gets `now` with each command. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Injection token of the `Clock`. */
export const CLOCK = Symbol('Clock');

export const systemClock: Clock = { now: () => Date.now() };
