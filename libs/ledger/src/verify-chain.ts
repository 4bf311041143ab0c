import type { Pool, PoolClient } from 'pg';
import { ArchivedPositions } from './archived-positions';
import { chainHash, genesisHash } from './event-digest';
import { readHead } from './read-ledger';
import { readLinks } from './read-links';

export type ChainVerdict =
  | {
      readonly intact: true;
      readonly position: number;
      readonly hash: string;
      /** Events that lie in archives: the chain holds what the transparency log says of them. Absent: none. */
      readonly archived?: number;
    }
  | { readonly intact: false; readonly position: number; readonly problem: string };

export interface VerifyOptions {
  /** Told after each page: the position that is verified, and that of the head. */
  readonly onProgress?: (position: number, last: number) => void;
}

/** Recomputes every hash from the first event to the head, as it was when the check began. */
export async function verifyChain(pool: Pool | PoolClient, { onProgress }: VerifyOptions = {}): Promise<ChainVerdict> {
  const walk = walkChain(pool);
  let step = await walk.next();
  for (; !step.done; step = await walk.next()) onProgress?.(step.value.position, step.value.last);
  return step.value;
}

/** How far a walk along the chain is: the position that is verified, and that of the head. */
export interface ChainProgress {
  readonly position: number;
  readonly last: number;
}

/** The same, step by step: tells its progress after each page, and returns the verdict. */
export async function* walkChain(pool: Pool | PoolClient): AsyncGenerator<ChainProgress, ChainVerdict> {
  const head = await readHead(pool);
  if (!head) return { intact: false, position: 0, problem: 'The ledger has no head row.' };
  const last = head.position;
  let previous: Buffer = genesisHash;
  let position = 0;
  let recordedAt = 0n;
  let archived = 0;
  const gone = await ArchivedPositions.read(pool);
  for await (const events of readLinks(pool, 0, last, gone)) {
    if (events.length === 0) break;
    for (const event of events) {
      if (event.isArchived) archived++;
      if (event.position !== position + 1) return missing(position + 1);
      if (event.recordedAt < recordedAt) {
        return { intact: false, position: event.position, problem: 'The event is older than the one before it.' };
      }
      const hash = chainHash(previous, event.position, event.recordedAt, event.digest);
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
    yield { position, last };
  }
  if (position < last) return missing(position + 1);
  if (!previous.equals(head.hash)) {
    return { intact: false, position: last, problem: 'The head does not have the hash of the last event.' };
  }
  return { intact: true, position: last, hash: previous.toString('hex'), ...(archived > 0 && { archived }) };
}

function missing(position: number): ChainVerdict {
  return { intact: false, position, problem: 'The event is missing.' };
}
