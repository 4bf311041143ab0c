import { Turns } from '#libs/kernel';

/** Thrown when the time is used up. */
export class DatesTakeTooLong extends Error {}

/** Time for computing dates. A date takes 0.1 ms; finding out that there is none takes 50 ms. */
export class DateBudget {
  private spent = 0;
  private readonly turns = new Turns();

  /** @param limit milliseconds of CPU. */
  constructor(private readonly limit: number) {}

  /** @throws DatesTakeTooLong */
  async compute<Value>(work: () => Value): Promise<Value> {
    if (this.spent > this.limit) throw new DatesTakeTooLong();
    // Of CPU, not of the clock: on a machine that does other work the same dates would be refused.
    const start = process.cpuUsage();
    const value = work();
    const { user, system } = process.cpuUsage(start);
    this.spent += (user + system) / 1000;
    await this.turns.give();
    return value;
  }
}
