import type { Logger } from '#libs/observability';

/** A signal has interrupted the start; the shutdown does everything else. */
export class Interrupted extends Error {}

/**
 * Milliseconds in which a second signal counts as the same one: a program below npm gets one Ctrl-C, or one closed
 * terminal, twice, from the terminal and from npm.
 */
const sameSignal = 300;

/**
 * Keeps everything that was started, and stops it in reverse order at a signal, or when nobody reads the program's
 * output.
 */
export class Shutdown {
  private readonly steps: (() => Promise<void>)[] = [];
  private ending: Promise<boolean> | null = null;
  private since = 0;
  private interrupt!: (reason: Interrupted) => void;
  private readonly interrupted = new Promise<never>((_resolve, reject) => (this.interrupt = reject));

  /** `milliseconds`: the most time for all steps together. `cut`: what to do at once if there is no time for steps. */
  constructor(
    private readonly milliseconds: number,
    private readonly cut: () => void,
    private readonly say: (text: string) => void,
  ) {
    this.interrupted.catch(() => undefined);
  }

  /** Ends the program at SIGTERM, SIGINT, SIGHUP, and when standard output is closed. */
  watch(logger: Logger): void {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.signalled(logger));
    process.stdout.on('error', () => this.begin(logger));
    process.stderr.on('error', () => this.begin(logger));
  }

  /** Begins the shutdown, and ends the process after it. */
  begin(logger: Logger): void {
    if (this.ending) return;
    this.say('\nShutting down: running tasks get time to end …');
    this.run(logger).then(
      (isClean) => process.exit(isClean ? 0 : 1),
      () => process.exit(1),
    );
  }

  /**
   * Starts something that `end` stops, even if it is still starting when the shutdown begins.
   * @throws Interrupted
   */
  async hold<Held>(start: () => Promise<Held>, end: (held: Held) => Promise<void>): Promise<Held> {
    if (this.ending) throw new Interrupted();
    const starting = start();
    this.steps.push(async () => {
      const held = await starting.then(
        (value) => [value],
        () => [],
      );
      for (const each of held) await end(each);
    });
    return this.unless(starting);
  }

  /**
   * The result of `work`; nobody waits for it once the shutdown has begun.
   * @throws Interrupted
   */
  unless<Value>(work: Promise<Value>): Promise<Value> {
    return Promise.race([work, this.interrupted]);
  }

  /** Stops everything in reverse order; a failure does not stop the others. Returns whether all succeeded. */
  run(logger: Logger): Promise<boolean> {
    this.ending ??= this.end(logger);
    return this.ending;
  }

  private async end(logger: Logger): Promise<boolean> {
    this.since = performance.now();
    this.interrupt(new Interrupted());
    const late = setTimeout(() => {
      logger.error(`the shutdown did not end within ${this.milliseconds} ms and was cut short`);
      this.cut();
      process.exit(1);
    }, this.milliseconds);
    let isClean = true;
    for (const step of this.steps.toReversed()) {
      await step().catch((error: unknown) => {
        isClean = false;
        logger.error({ err: error }, 'a step of the shutdown failed');
      });
    }
    clearTimeout(late);
    return isClean;
  }

  private signalled(logger: Logger): void {
    if (!this.ending) this.begin(logger);
    else if (performance.now() - this.since > sameSignal) {
      this.cut();
      process.exit(1);
    }
  }
}
