import { createHash, randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let offset = pool.length;
let lastTime = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, a 12-bit counter that rises within one millisecond of one process, 62 random
 * bits. Ids sort by the time they were made, which is what partitions of the ledger and B-trees want.
 */
export function newId(now: number = Date.now()): string {
  if (offset + 8 > pool.length) {
    randomFillSync(pool);
    offset = 0;
  }
  if (now === lastTime) sequence = Math.min(sequence + 1, 0xfff);
  else {
    lastTime = now;
    sequence = pool.readUInt16BE(offset) & 0x3ff;
  }
  const time = now.toString(16).padStart(12, '0');
  const random = pool.toString('hex', offset, offset + 8);
  offset += 8;
  const variant = ((parseInt(random.slice(0, 1), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${sequence.toString(16).padStart(3, '0')}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is an id in the one form that we write (lower case, hyphens). Anything else names nothing. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

/**
 * An id that follows from another one and a name, always the same: a UUIDv8 (RFC 9562) that keeps the 48 bits of time, so that it
 * sorts and is partitioned like its base. What is made under it a second time is known to be made already.
 */
export function derivedId(base: string, ...names: readonly (string | number)[]): string {
  return uuidOf(base.slice(0, 13), [base, ...names]);
}

/** The same for what has a time of its own: milliseconds since the epoch. */
export function derivedIdAt(time: number, ...names: readonly (string | number)[]): string {
  const digits = time.toString(16).padStart(12, '0');
  return uuidOf(`${digits.slice(0, 8)}-${digits.slice(8, 12)}`, names);
}

/** Digits of an id that number the members of a family. */
const memberDigits = 4;

/**
 * Makes the id of a head: the last 16 bits are zero, and left to the ids of its members. So whoever knows a member knows the head,
 * without asking a table.
 */
export function asHead(id: string): string {
  return id.slice(0, -memberDigits).padEnd(id.length, '0');
}

/** The id of the family's member of this number, from 1 to 65,535. */
export function memberOf(head: string, number: number): string {
  return head.slice(0, -memberDigits) + number.toString(16).padStart(memberDigits, '0');
}

/** The id of the head of the family that the member belongs to. */
export const headOf = asHead;

/** The number of a member in its family; 0 for the head. */
export function numberOf(id: string): number {
  return Number.parseInt(id.slice(-memberDigits), 16);
}

function uuidOf(time: string, names: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  const variant = ((parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time}-8${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}
