/** Where a progress bar is drawn. */
export interface ProgressOut {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const width = 24;
/** Milliseconds between two drawings. */
const pause = 100;

/** A bar with the share that is done, the rate, and the time that is left. Draws on a terminal only. */
export class Progress {
  private readonly since: number;
  private drawn = -Infinity;

  /** `clock`: milliseconds. */
  constructor(
    private readonly out: ProgressOut,
    private readonly unit: string,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.since = clock();
  }

  /** So much of the total is done. */
  show(done: number, total: number): void {
    const now = this.clock();
    if (this.out.isTTY !== true || now - this.drawn < pause) return;
    this.drawn = now;
    this.out.write(`\r${this.line(done, total, (now - this.since) / 1000)}\u001b[K`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.drawn !== -Infinity) this.out.write('\r\u001b[K');
  }

  private line(done: number, total: number, seconds: number): string {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.floor(share * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    const rate = seconds === 0 ? 0 : done / seconds;
    const left = rate === 0 ? '' : `, ${timeLeft((total - done) / rate)} left`;
    return `${bar} ${Math.floor(share * 100)} %  ${done} of ${total} ${this.unit}, ${short(rate)}/s${left}`;
  }
}

function short(rate: number): string {
  return rate < 10_000 ? String(Math.round(rate)) : `${Math.round(rate / 1000)}k`;
}

function timeLeft(seconds: number): string {
  const whole = Math.ceil(Math.max(0, seconds));
  return whole < 120 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}
