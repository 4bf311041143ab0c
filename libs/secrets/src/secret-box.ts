import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { holdsSealed, mapTexts, mask, sealedPattern } from './mask';

const ivBytes = 12;
const tagBytes = 16;

export interface SecretKeys {
  /** 32 bytes: seals and opens. */
  readonly current: Buffer;
  /** 32 bytes each: earlier keys, which only open. */
  readonly previous?: readonly Buffer[];
}

/** First eight hex digits of the SHA-256 of a key: distinguishes keys, and reveals nothing about them. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('runledger-key-id').update(key).digest('hex').slice(0, 8);
}

/** Seals and opens texts: AES-256-GCM, a new 96-bit IV for each, with the id of the key as additional data. */
export class SecretBox {
  readonly keyId: string;
  private readonly keys: ReadonlyMap<string, Buffer>;

  constructor({ current, previous = [] }: SecretKeys) {
    this.keyId = keyIdOf(current);
    this.keys = new Map([...previous, current].map((key) => [keyIdOf(key), key]));
  }

  knows(keyId: string): boolean {
    return this.keys.has(keyId);
  }

  /** The sealed text; a text that is already sealed as a whole stays as it is. */
  seal(text: string): string {
    if (isSealed(text)) return text;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.keyId) as Buffer, iv).setAAD(
      Buffer.from(this.keyId),
    );
    const sealed = Buffer.concat([cipher.update(this.open(text), 'utf8'), cipher.final()]);
    const bytes = Buffer.concat([iv, cipher.getAuthTag(), sealed]);
    return `\uE000sealed:1:${this.keyId}:${bytes.toString('base64url')}\uE001`;
  }

  /** The text with all its sealed parts opened; masks those that it cannot open. */
  open(text: string): string {
    if (!holdsSealed(text)) return text;
    return text.replace(
      sealedPattern,
      (_whole, keyId: string, payload: string) => this.decrypt(keyId, payload) ?? mask,
    );
  }

  openAll<Value>(value: Value): Value {
    return mapTexts(value, (text) => this.open(text));
  }

  /** The opened sealed parts of the value, also in its keys. Looks at each object once: states share most of theirs with those before. */
  secretsIn(value: unknown): Set<string> {
    const sealed = new Set<string>();
    const seen = new Set<object>();
    const look = (each: unknown): void => {
      if (typeof each === 'string') {
        if (!holdsSealed(each)) return;
        for (const [whole] of each.matchAll(sealedPattern)) sealed.add(whole);
      } else if (typeof each === 'object' && each !== null && !seen.has(each)) {
        seen.add(each);
        if (Array.isArray(each)) each.forEach(look);
        else {
          for (const key of Object.keys(each)) {
            look(key);
            look((each as Readonly<Record<string, unknown>>)[key]);
          }
        }
      }
    };
    look(value);
    const opened = [...sealed].map((each) => this.open(each));
    return new Set(opened.filter((secret) => secret !== '' && secret !== mask));
  }

  private decrypt(keyId: string, payload: string): string | null {
    const key = this.keys.get(keyId);
    const bytes = Buffer.from(payload, 'base64url');
    if (!key || bytes.length < ivBytes + tagBytes) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes)).setAAD(Buffer.from(keyId));
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}

const wholeSealed = new RegExp(`^${sealedPattern.source}$`);

export function isSealed(value: unknown): boolean {
  return typeof value === 'string' && wholeSealed.test(value);
}
