import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { personalStart } from '#libs/kernel';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
/** 24 bytes: two keys with one id would take 2^96 tries. */
const idBytes = 24;
/** Opened values that a key remembers, and the most characters of one, sealed. */
const remembered = 16;
const mostRemembered = 1024;

/** A sealed personal value, anywhere in a text: its key's id, and the bytes. */
export const personalPattern = /\uE000personal:1:([A-Za-z0-9_-]{32}):([A-Za-z0-9_-]+)\uE001/g;

export function holdsPersonal(text: string): boolean {
  return text.includes(personalStart);
}

/**
 * Seals values with AES-256-GCM. GCM does not bind its key: somebody could make one ciphertext that two keys open to two
 * stories. So the id of a key, which stands in the ledger beside each ciphertext, is a commitment to it: HKDF of the key.
 * Equal values have equal ciphertexts under one key, so that they can be compared without it: the IV is an HMAC of the
 * value.
 */
export class PersonalKey {
  readonly id: string;
  private readonly cipherKey: Buffer;
  private readonly ivKey: Buffer;
  /** What was opened last: one address and one user agent stand in many events. */
  private readonly opened = new Map<string, string>();

  /** @param bytes 32 random bytes. */
  constructor(readonly bytes: Buffer) {
    this.id = this.derive('commit', idBytes).toString('base64url');
    this.cipherKey = this.derive('seal', keyBytes);
    this.ivKey = this.derive('iv', keyBytes);
  }

  static random(): PersonalKey {
    return new PersonalKey(randomBytes(keyBytes));
  }

  /** The sealed text; one that is sealed already stays as it is. */
  seal(text: string): string {
    if (holdsPersonal(text)) return text;
    const iv = createHmac('sha256', this.ivKey).update(text).digest().subarray(0, ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.cipherKey, iv).setAAD(Buffer.from(this.id));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const bytes = Buffer.concat([iv, cipher.getAuthTag(), sealed]);
    return `${personalStart}1:${this.id}:${bytes.toString('base64url')}\uE001`;
  }

  /** The value of the bytes in a sealed text; null if this key did not seal them. */
  open(payload: string): string | null {
    const known = this.opened.get(payload);
    if (known !== undefined) return known;
    const value = this.decipher(payload);
    if (value === null || payload.length > mostRemembered) return value;
    if (this.opened.size >= remembered) this.opened.clear();
    this.opened.set(payload, value);
    return value;
  }

  private decipher(payload: string): string | null {
    const bytes = Buffer.from(payload, 'base64url');
    if (bytes.length < ivBytes + tagBytes) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.cipherKey, bytes.subarray(0, ivBytes));
      decipher.setAAD(Buffer.from(this.id)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }

  private derive(use: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.bytes, '', `runledger-personal-${use}`, bytes));
  }
}
