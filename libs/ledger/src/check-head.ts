import type { Pool } from 'pg';
import { ArchivedPositions } from './archived-positions';
import { chainHash, genesisHash } from './event-digest';
import { readLinks } from './read-links';

/** The end of the ledger is broken. The message is one sentence for an operator. */
export class BrokenLedgerError extends Error {}

/** The newest events that a start checks. */
const checked = 1000;

interface HeadRow {
  readonly position: string;
  readonly hash: Buffer;
  readonly last: string | null;
}

/**
 * Checks that the newest events follow one another, and that the head is the newest of them: nothing may be appended to a ledger that was cut or
 * changed there. `verifyChain` checks all of it.
 * @throws BrokenLedgerError that names the position.
 */
export async function checkHead(pool: Pool): Promise<void> {
  const { rows } = await pool.query<HeadRow>(
    `select position, hash, (select max(position) from event) as last from ledger_head where shard = 1`,
  );
  const [head] = rows;
  if (!head) throw broken('its head row is missing');
  const position = Number(head.position);
  const last = Number(head.last ?? 0);
  if (last !== position) throw broken(`its head is position ${position}, and its last event position ${last}`);
  const from = Math.max(0, position - checked);
  let previous: Buffer | null = from === 0 ? genesisHash : null;
  let expected = from === 0 ? 1 : from;
  for await (const events of readLinks(pool, Math.max(0, from - 1), position, await ArchivedPositions.read(pool))) {
    for (const event of events) {
      if (event.position !== expected) throw broken(`the event at position ${expected} is missing`);
      if (previous && !chainHash(previous, event.position, event.recordedAt, event.digest).equals(event.hash)) {
        throw broken(`the event at position ${expected} is not the one that was appended`);
      }
      previous = event.hash;
      expected++;
    }
  }
  if (!(previous ?? genesisHash).equals(head.hash))
    throw broken(`its head does not have the hash of the event at position ${position}`);
}

function broken(what: string): BrokenLedgerError {
  return new BrokenLedgerError(
    `The ledger is broken, so nothing may be appended to it: ${what}. Find all of it with runledger verify, and restore the database from a backup.`,
  );
}
