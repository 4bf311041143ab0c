import { Sweeper } from '#libs/database';
import type { Pool } from 'pg';

/** Hours to keep the answer to a request with an idempotency key. */
export const receiptHours = 24;

/** Removes expired receipts: at most 20,000 a minute. */
export class ReceiptSweeper extends Sweeper {
  constructor(pool: Pool, onError: (error: unknown) => void) {
    const what = {
      name: 'sweep_receipts',
      text: `delete from command_receipt where ctid = any(array(
               select ctid from command_receipt where created_at < now() - make_interval(hours => $2)
                order by created_at limit $1 for update skip locked))`,
      values: [receiptHours],
      batchSize: 1000,
      maxBatches: 20,
      interval: 60_000,
    };
    super(pool, what, onError);
  }
}
