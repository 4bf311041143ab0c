import { createHash, hash } from 'node:crypto';

/** What is hashed of an event: the very texts that are stored. */
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
 * SHA-256 of the event's fields in the order of `StoredEvent`, numbers as decimal digits and texts as UTF-8; each field after its length
 * in bytes (32 bits, big endian), so that no two events have the same bytes. It is what the chain binds besides position and time.
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
/** Where events of a common size are laid out. */
const scratch = Buffer.allocUnsafe(64 * 1024);

/** One link of the chain; `ledger_append` computes the same in the database, under the head row's lock. */
export function chainHash(previous: Buffer, position: number, recordedAt: bigint, digest: Buffer): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigInt64BE(BigInt(position), 0);
  numbers.writeBigInt64BE(recordedAt, 8);
  return createHash('sha256').update(previous).update(numbers).update(digest).digest();
}

/** What the first event is chained to. */
export const genesisHash = Buffer.alloc(32);
