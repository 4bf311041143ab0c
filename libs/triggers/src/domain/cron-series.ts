import type { CronExpression } from './cron-expression';
import type { ClockChange, LocalClock } from './local-clock';

/** Milliseconds around a moment in which a change of clocks affects it. */
const window = 25 * 3_600_000;

/**
 * The moments when an expression fires in a time zone. When clocks go forward, a firing in the skipped time moves
 * forward by the same amount. When clocks go back, a firing in the repeated hour happens the first time, and also the
 * second time if the expression fires every hour.
 */
export class CronSeries {
  constructor(
    private readonly expression: CronExpression,
    private readonly clock: LocalClock,
  ) {}

  /** The first moment after `after`; null where there is none. Milliseconds since the epoch. */
  next(after: number): number | null {
    const last = this.clock.changeWithin(after - window, after);
    const candidates = [this.leftOut(after, last), this.ordinary(after, last), this.repeated(after)];
    const found = candidates.filter((each): each is number => each !== null && each > after);
    return found.length > 0 ? Math.min(...found) : null;
  }

  /** The firing that the last change of clocks skipped, if it is still to come. */
  private leftOut(after: number, last: ClockChange | null): number | null {
    if (!last || last.after < last.before) return null;
    const local = this.expression.next(after + last.before);
    return local !== null && local < last.at + last.after ? local - last.before : null;
  }

  private ordinary(after: number, last: ClockChange | null): number | null {
    const isBack = last !== null && last.after < last.before;
    // The repeated hour is over when the old clock would say so.
    const over = isBack && !this.expression.isEveryHour ? last.at + last.before - 1 : -Infinity;
    const local = this.expression.next(Math.max(this.clock.local(after), over));
    if (local === null) return null;
    if (isBack && local < last.at + last.before) return local - last.after;
    const instant = this.clock.instant(local);
    return this.clock.local(instant) === local ? instant : this.moved(instant);
  }

  /** A moved firing falls into the next hour, where another may come before it. */
  private moved(instant: number): number {
    const change = this.clock.changeWithin(instant - window, instant);
    const other = change && this.expression.next(change.at + change.after - 1);
    return other === null ? instant : Math.min(instant, this.clock.instant(other));
  }

  /** For an expression that fires every hour: the second pass of the hour that is about to repeat. */
  private repeated(after: number): number | null {
    if (!this.expression.isEveryHour) return null;
    const change = this.clock.changeWithin(after, after + window);
    if (!change || change.after > change.before) return null;
    const local = this.expression.next(change.at + change.after - 1);
    return local === null ? null : local - change.after;
  }
}
