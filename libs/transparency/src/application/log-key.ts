import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKeyName, keyTypes, parseSignerKey, type SignerKey, signerKey } from '../domain';

/** The files of a signer in its folder. */
export const logFiles = { key: 'trail-key', state: 'trail-state.json' } as const;

/** The key of the settings. @throws Error that says what is wrong with it, and never repeats it. */
export function parseLogKey(text: string): SignerKey {
  return parseSignerKey(text, keyTypes.log);
}

/** The key in the folder's file `trail-key`; null if there is none. @throws Error if the file has no key. */
export function logKeyInFolder(folder: string): SignerKey | null {
  const file = join(folder, logFiles.key);
  if (!existsSync(file)) return null;
  try {
    return parseLogKey(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Makes the file `trail-key` (mode 0600).
 * @param origin the name of the log, a URL without scheme; absent: `runledger.local/` and 12 random hex digits.
 */
export function makeLogKey(folder: string, origin = `runledger.local/${randomBytes(6).toString('hex')}`): SignerKey {
  if (!isKeyName(origin)) throw new Error('The origin must be a URL without scheme, spaces and plus signs.');
  const key = signerKey(origin, keyTypes.log, randomBytes(32));
  writeFileSync(join(folder, logFiles.key), `${key.text}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}
