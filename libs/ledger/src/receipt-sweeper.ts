import type { Pool } from 'pg';

/** Hours to keep the answer to a request with an idempotency key. */
export const receiptHours = 24;

/** Milliseconds between two sweeps. */
const interval = 60_000;

/** The most receipts per statement, and statements per sweep: at most 20,000 receipts a minute. */
const batchSize = 1000;
const maxBatches = 20;

/**
 * Removes expired receipts in the background, a bounded number at a time, so that a sweep never blocks writers. Several
 * servers may sweep at once: each skips the rows that another has locked.
 */
export class ReceiptSweeper {
  private timeout: NodeJS.Timeout | null = null;
  private sweeping: Promise<unknown> = Promise.resolve();
  private stopped = true;

  constructor(
    private readonly pool: Pool,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.stopped = false;
    this.later();
  }

  /** Waits for the current sweep. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timeout) clearTimeout(this.timeout);
    await this.sweeping;
  }

  /** One sweep. Returns how many receipts it has removed. */
  async sweep(): Promise<number> {
    let removed = 0;
    for (let batch = 0; batch < maxBatches; batch++) {
      const { rowCount } = await this.pool.query({
        name: 'sweep_receipts',
        text: `delete from command_receipt where ctid = any(array(
                 select ctid from command_receipt where created_at < now() - make_interval(hours => $1)
                  order by created_at limit $2 for update skip locked))`,
        values: [receiptHours, batchSize],
      });
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < batchSize || this.stopped) break;
    }
    return removed;
  }

  private later(): void {
    if (this.stopped) return;
    this.timeout = setTimeout(() => {
      this.sweeping = this.sweep()
        .catch(this.onError)
        .then(() => this.later());
    }, interval);
    this.timeout.unref();
  }
}
