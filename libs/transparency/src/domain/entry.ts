/** What the log says of an event: nothing that a reader could guess the event from. */
export interface Entry {
  readonly position: number;
  /** Microseconds since the epoch. */
  readonly recordedAt: bigint;
  /** The salted digest of the event: see `eventDigest`. */
  readonly digest: Buffer;
  /** The chain's hash at this position. */
  readonly hash: Buffer;
}

/** Bytes of an entry: version, position, time, digest, hash. */
export const entryBytes = 1 + 8 + 8 + 32 + 32;
const entryVersion = 1;
/** Bytes of an entry in a bundle: its length comes before it. */
export const bundledBytes = 2 + entryBytes;

/** The 81 bytes that a leaf of the tree hashes. */
export function encodeEntry({ position, recordedAt, digest, hash }: Entry): Buffer {
  const bytes = Buffer.alloc(entryBytes);
  bytes.writeUInt8(entryVersion, 0);
  bytes.writeBigUInt64BE(BigInt(position), 1);
  bytes.writeBigInt64BE(recordedAt, 9);
  digest.copy(bytes, 17);
  hash.copy(bytes, 49);
  return bytes;
}

/** @throws Error if these are not the bytes of an entry. */
export function decodeEntry(bytes: Buffer): Entry {
  if (bytes.length !== entryBytes || bytes[0] !== entryVersion) throw new Error('These are not the bytes of an entry.');
  return {
    position: Number(bytes.readBigUInt64BE(1)),
    recordedAt: bytes.readBigInt64BE(9),
    digest: Buffer.from(bytes.subarray(17, 49)),
    hash: Buffer.from(bytes.subarray(49)),
  };
}

/** A bundle of C2SP tlog-tiles: each entry with its length in 16 bits before it. */
export function bundle(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 0xff), entry]));
}

/** The first `count` entries of a bundle, as they are bundled. */
export function cutBundle(bytes: Buffer, count: number): Buffer {
  return bytes.subarray(0, count * bundledBytes);
}

/** @throws Error if the bundle does not have the entry. */
export function entryIn(bytes: Buffer, index: number): Entry {
  return decodeEntry(bytes.subarray(index * bundledBytes + 2, (index + 1) * bundledBytes));
}
