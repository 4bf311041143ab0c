import { hash } from 'node:crypto';

/** The hashed fields of an event: exactly the texts that are stored. */
export interface StoredEvent {
  /** 16 random bytes, so that nobody can guess a short event from its digest. */
  readonly salt: Buffer;
  readonly streamId: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
  /** JSON text. */
  readonly metadata: string;
}

/**
 * SHA-256 of the event's fields in the order of `StoredEvent`, numbers as decimal digits and texts as UTF-8. The length
 * of each field in bytes (32 bits, big endian) comes before it, so that no two events have the same bytes. The chain
 * binds this digest, the position and the time.
 */
export function eventDigest(event: StoredEvent): Buffer {
  const { salt, streamId, streamVersion, type, schemaVersion, data, metadata } = event;
  const texts = [streamId, String(streamVersion), type, String(schemaVersion), data, metadata];
  // A character of UTF-16 takes three bytes of UTF-8 at most.
  const most = texts.reduce((sum, text) => sum + lengthBytes + 3 * text.length, lengthBytes + salt.length);
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  let at = bytes.writeUInt32BE(salt.length, 0);
  at += salt.copy(bytes, at);
  for (const text of texts) {
    const written = bytes.write(text, at + lengthBytes, 'utf8');
    bytes.writeUInt32BE(written, at);
    at += lengthBytes + written;
  }
  return hash('sha256', bytes.subarray(0, at), 'buffer');
}

const lengthBytes = 4;
/** A buffer for events of a common size. */
const scratch = Buffer.allocUnsafe(64 * 1024);

/** One link of the chain; `ledger_append` computes the same in the database, under the lock of the head row. */
export function chainHash(previous: Buffer, position: number, recordedAt: bigint, digest: Buffer): Buffer {
  previous.copy(link, 0);
  link.writeBigInt64BE(BigInt(position), 32);
  link.writeBigInt64BE(recordedAt, 40);
  digest.copy(link, 48);
  return hash('sha256', link, 'buffer');
}

/** What a link hashes. */
const link = Buffer.alloc(32 + 8 + 8 + 32);

/** The hash before the first event. */
export const genesisHash = Buffer.alloc(32);
