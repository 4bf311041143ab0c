import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyBytes = 32;

/** A key from the settings: 64 hex digits, or base64 of 32 bytes. Null for anything else. */
export function parseSecretKey(text: string): Buffer | null {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  const isExact = /^[0-9a-f]{64}$/i.test(trimmed) || /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed);
  return isExact && bytes.length === keyBytes ? bytes : null;
}

/** The key in the folder's file `secret-key` (mode 0600); creates it if it is missing. */
export function secretKeyInFolder(folder: string): { key: Buffer; isNew: boolean; file: string } {
  const file = join(folder, 'secret-key');
  if (existsSync(file)) {
    const key = parseSecretKey(readFileSync(file, 'utf8'));
    if (!key) throw new Error(`${file} contains no key: it must be 64 hex digits`);
    return { key, isNew: false, file };
  }
  mkdirSync(folder, { recursive: true });
  const key = randomBytes(keyBytes);
  writeFileSync(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return { key, isNew: true, file };
}
