import { hash } from 'node:crypto';

/** SHA-256 of the parts, joined. */
export function sha256(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha256', parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts), 'buffer');
}
