import type { Pool, PoolClient } from 'pg';
import { chainHash, eventDigest, genesisHash } from './event-digest';
import { readStored } from './read-ledger';

export type ChainVerdict =
  | { readonly intact: true; readonly position: number; readonly hash: string }
  | { readonly intact: false; readonly position: number; readonly problem: string };

interface HeadRow {
  position: string;
  hash: Buffer;
}

/** Recomputes every hash from the first event to the head, as it was when the check began. */
export async function verifyChain(pool: Pool | PoolClient, pageSize = 5000): Promise<ChainVerdict> {
  const head = (await pool.query<HeadRow>('select position, hash from ledger_head where shard = 1')).rows[0];
  if (!head) return { intact: false, position: 0, problem: 'The ledger has no head row.' };
  const last = Number(head.position);
  let previous: Buffer = genesisHash;
  let position = 0;
  let recordedAt = 0n;
  while (position < last) {
    const events = await readStored(pool, position, Math.min(pageSize, last - position));
    if (events.length === 0) return { intact: false, position: position + 1, problem: 'The event is missing.' };
    for (const event of events) {
      if (event.position !== position + 1) {
        return { intact: false, position: position + 1, problem: 'The event is missing.' };
      }
      if (event.recordedAt < recordedAt) {
        return { intact: false, position: event.position, problem: 'The event is older than the one before it.' };
      }
      const hash = chainHash(previous, event.position, event.recordedAt, eventDigest(event));
      if (!hash.equals(event.hash)) {
        return {
          intact: false,
          position: event.position,
          problem: 'The hash does not match the event and its predecessor.',
        };
      }
      previous = hash;
      position = event.position;
      recordedAt = event.recordedAt;
    }
  }
  if (!previous.equals(head.hash)) {
    return { intact: false, position: last, problem: 'The head does not have the hash of the last event.' };
  }
  return { intact: true, position: last, hash: previous.toString('hex') };
}
