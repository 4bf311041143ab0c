import { createHash } from 'node:crypto';

/** What `audit_hash` in the database makes of a text: 64 bits of its MD5, as a decimal text, since numbers end at 53 bits. */
export function hashOf(text: string): string {
  return createHash('md5').update(text).digest().readBigInt64BE(0).toString();
}
