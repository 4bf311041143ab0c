import { createHash } from 'node:crypto';

/** 64 bits of the text's SHA-256, as `audit_entry` has actors and actions: a decimal text, since numbers end at 53 bits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest().readBigInt64BE(0).toString();
}
