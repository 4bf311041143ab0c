import { createHash } from 'node:crypto';
import { canonicalPieces, type Turns } from '#libs/kernel';
import type { PendingEvent } from './types';

/** Characters that are hashed at a time. */
const pieceSize = 16 * 1024;

/** SHA-256 of the event's canonical JSON: what the chain binds besides position and time. */
export async function eventDigest(event: PendingEvent, turns: Turns): Promise<Buffer> {
  const { streamId, streamVersion, type, schemaVersion, data, metadata } = event;
  const hash = createHash('sha256');
  let text = '';
  // The third level is that of a list in the event's data: the tasks of a run.
  for (const piece of canonicalPieces({ streamId, streamVersion, type, schemaVersion, data, metadata }, 3)) {
    text += piece;
    if (text.length < pieceSize) continue;
    hash.update(text);
    text = '';
    await turns.give();
  }
  return hash.update(text).digest();
}

/** One link of the chain; `ledger_append` computes the same in the database, under the head row's lock. */
export function chainHash(previous: Buffer, position: number, recordedAt: bigint, digest: Buffer): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigInt64BE(BigInt(position), 0);
  numbers.writeBigInt64BE(recordedAt, 8);
  return createHash('sha256').update(previous).update(numbers).update(digest).digest();
}

/** What the first event is chained to. */
export const genesisHash = Buffer.alloc(32);
