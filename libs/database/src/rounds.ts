/** Work that is done again and again in the background, with a rest after each time. */
export class Rounds {
  private timeout: NodeJS.Timeout | null = null;
  private working: Promise<unknown> = Promise.resolve();
  private stopped = false;

  /** @param interval milliseconds of each rest, also before the first time. */
  constructor(private readonly interval: number) {}

  /** Whether work that takes long should end early. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Work that fails is done again after the next rest. */
  start(work: () => Promise<unknown>, onError: (error: unknown) => void): void {
    this.stopped = false;
    this.later(work, onError);
  }

  /** Waits for the work that is being done. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timeout) clearTimeout(this.timeout);
    await this.working;
  }

  private later(work: () => Promise<unknown>, onError: (error: unknown) => void): void {
    if (this.stopped) return;
    this.timeout = setTimeout(() => {
      this.working = work()
        .catch(onError)
        .then(() => this.later(work, onError));
    }, this.interval);
    this.timeout.unref();
  }
}
