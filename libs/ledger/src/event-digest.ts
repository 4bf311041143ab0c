import { createHash } from 'node:crypto';
import { canonicalJson } from '#libs/kernel';
import type { PendingEvent } from './types';

/** SHA-256 of the event's canonical JSON: what the chain binds besides position and time. */
export function eventDigest(event: PendingEvent): Buffer {
  return createHash('sha256')
    .update(
      canonicalJson({
        streamId: event.streamId,
        streamVersion: event.streamVersion,
        type: event.type,
        schemaVersion: event.schemaVersion,
        data: event.data,
        metadata: event.metadata,
      }),
    )
    .digest();
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
