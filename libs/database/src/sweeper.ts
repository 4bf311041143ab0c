import type { Pool } from 'pg';
import { Rounds } from './rounds';

/** What a sweep removes. */
export interface Sweep {
  /** Of the statement. */
  readonly name: string;
  /** Removes at most `$1` rows, and answers how many; it skips rows that others have locked. */
  readonly text: string;
  /** From `$2` on. */
  readonly values?: readonly unknown[];
  /** The most rows of a statement. */
  readonly batchSize: number;
  /** The most statements of a sweep. */
  readonly maxBatches: number;
  /** Milliseconds between two sweeps. */
  readonly interval: number;
}

/**
 * Removes what is not needed any more in the background, a bounded number of rows at a time, so that it never holds up writers. Several servers
 * may sweep at once.
 */
export class Sweeper {
  private readonly rounds: Rounds;

  constructor(
    private readonly pool: Pool,
    private readonly what: Sweep,
    private readonly onError: (error: unknown) => void,
  ) {
    this.rounds = new Rounds(what.interval);
  }

  start(): void {
    this.rounds.start(() => this.sweep(), this.onError);
  }

  /** Waits for the current sweep. */
  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** One sweep. Returns how many rows it has removed. */
  async sweep(): Promise<number> {
    const { name, text, values = [], batchSize, maxBatches } = this.what;
    let removed = 0;
    for (let batch = 0; batch < maxBatches; batch++) {
      const { rowCount } = await this.pool.query({ name, text, values: [batchSize, ...values] });
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < batchSize || this.rounds.isStopped) break;
    }
    return removed;
  }
}
