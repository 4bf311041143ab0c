import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which others are served before the next date is computed. */
const turn = 10;

/** Thrown when the time is spent. */
export class DatesTakeTooLong extends Error {}

/** Time to compute dates in. A date takes 0.1 ms; one that never comes takes 50 ms to find out. */
export class DateBudget {
  private spent = 0;
  private sinceTurn = 0;

  /** @param limit milliseconds. */
  constructor(private readonly limit: number) {}

  /** @throws DatesTakeTooLong */
  async compute<Value>(work: () => Value): Promise<Value> {
    if (this.spent > this.limit) throw new DatesTakeTooLong();
    const start = performance.now();
    const value = work();
    const took = performance.now() - start;
    this.spent += took;
    this.sinceTurn += took;
    if (this.sinceTurn > turn) {
      this.sinceTurn = 0;
      await setImmediate();
    }
    return value;
  }
}
