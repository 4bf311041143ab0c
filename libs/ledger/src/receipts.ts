import { RefusedError } from '#libs/kernel';
import type { Pool } from 'pg';
import type { Receipt, ReceiptKey } from './types';
import type { AnyOutcome, WaitingCommand } from './waiting-command';

/** The key in the maps of this folder. */
export function receiptName(receipt: ReceiptKey): string {
  return `${receipt.scope}/${receipt.key}`;
}

/** An `Idempotency-Key` came with another request than before. */
export function keyReused(): RefusedError {
  return new RefusedError(
    'IDEMPOTENCY_KEY_REUSED',
    'Idempotency-Key was used before with another request. Use a new key for a new request.',
  );
}

/** The receipts that exist for these keys, by `scope/key`. */
export async function findReceipts(pool: Pool, keys: readonly ReceiptKey[]): Promise<ReadonlyMap<string, Receipt>> {
  const { rows } = await pool.query<Receipt>({
    name: 'find_receipts',
    text: `select c.scope, c.key, c.request_hash as "requestHash", c.answer
             from unnest($1::text[], $2::text[]) as k(scope, key)
             join command_receipt c using (scope, key)`,
    values: [keys.map((each) => each.scope), keys.map((each) => each.key)],
  });
  return new Map(rows.map((row) => [`${row.scope}/${row.key}`, row]));
}

/**
 * The answer that was given under this key, as its receipt keeps it; null where there is none.
 * @throws RefusedError IDEMPOTENCY_KEY_REUSED.
 */
export async function answerGiven(pool: Pool, receipt: ReceiptKey): Promise<string | null> {
  const found = (await findReceipts(pool, [receipt])).get(receiptName(receipt));
  if (found && found.requestHash !== receipt.requestHash) throw keyReused();
  return found?.answer ?? null;
}

/** Keeps the answer to a request whose commands have receipts of their own, or none. One that is kept already stays. */
export async function keepAnswer(pool: Pool, { scope, key, requestHash }: ReceiptKey, answer: string): Promise<void> {
  await pool.query({
    name: 'keep_answer',
    text: `insert into command_receipt (scope, key, request_hash, answer) values ($1, $2, $3, $4) on conflict do nothing`,
    values: [scope, key, requestHash, answer],
  });
}

/** Answers commands that were carried out before from their receipts. Returns whether there was one. */
export async function replay(pool: Pool, commands: readonly WaitingCommand[]): Promise<boolean> {
  const keys = commands.flatMap((each) => (each.request.receipt ? [each.request.receipt] : []));
  if (keys.length === 0) return false;
  const known = await findReceipts(pool, keys);
  for (const each of commands) {
    const { receipt } = each.request;
    const found = receipt && known.get(receiptName(receipt));
    if (!found) continue;
    if (found.requestHash === receipt.requestHash) each.resolve({ replayed: true, answer: found.answer });
    else each.reject(keyReused());
  }
  return known.size > 0;
}

/** What the first command under a key is answered; null when it was refused, and the key may be used again. */
export async function answerOf(first: WaitingCommand, { requestHash }: ReceiptKey): Promise<string | null> {
  if (first.request.receipt?.requestHash !== requestHash) throw keyReused();
  const outcome = await first.outcome.catch((): AnyOutcome | null => null);
  return outcome?.answer ?? null;
}
