import type { Pool } from 'pg';

/** Hours that the answer to a request with an idempotency key is kept. */
export const receiptHours = 24;

/** Milliseconds between two sweeps. */
const interval = 60_000;

/** Receipts that one statement removes, and statements of one sweep: 20,000 receipts a minute at most. */
const batchSize = 1000;
const maxBatches = 20;

/**
 * Removes receipts after their time, in the background and a bounded number at a time, so that no sweep holds up who writes. Several
 * servers may sweep at once: they pass over each other's rows.
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

  /** Waits for the sweep under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timeout) clearTimeout(this.timeout);
    await this.sweeping;
  }

  /** One sweep. Answers how many it has removed. */
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
