import { createHash, randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let offset = pool.length;
let lastTime = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, a 12-bit counter that rises within one millisecond of one process, 62
 * random bits. Ids sort by creation time, which suits partitions of the ledger and B-trees.
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

/** Whether the text is an id in the only form that we write (lower case, hyphens). Any other form is unknown. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

/**
 * An id derived from another id and a name, always the same: a UUIDv8 (RFC 9562) with the same 48 bits of time, so that
 * it sorts and is partitioned like its base. If something is made under it a second time, the server knows that it
 * exists already.
 */
export function derivedId(base: string, ...names: readonly (string | number)[]): string {
  return uuidOf(base.slice(0, 13), [base, ...names]);
}

/** The same for things with their own time: milliseconds since the epoch. */
export function derivedIdAt(time: number, ...names: readonly (string | number)[]): string {
  const digits = time.toString(16).padStart(12, '0');
  return uuidOf(`${digits.slice(0, 8)}-${digits.slice(8, 12)}`, names);
}

/** Hex digits of an id for the number of a family's member. */
const memberDigits = 4;

/**
 * Turns an id into the head of a family: the last 16 bits are zero, and free for the numbers of its members. So the id
 * of a member gives the id of the head, without a table.
 */
export function asHead(id: string): string {
  return id.slice(0, -memberDigits).padEnd(id.length, '0');
}

/** The id of the family's member with this number, from 1 to 65,535. */
export function memberOf(head: string, number: number): string {
  return head.slice(0, -memberDigits) + number.toString(16).padStart(memberDigits, '0');
}

/** The id of the head of the member's family. */
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
