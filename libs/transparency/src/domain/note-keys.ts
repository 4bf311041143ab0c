import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { sha256 } from './sha256';

/*
 * Keys of signed notes (C2SP signed-note), as texts:
 * - of a verifier: <name>+<id in hex>+<base64 of type and public key>
 * - of a signer: PRIVATE+KEY+<name>+<id in hex>+<base64 of type and seed>, as Go's sumdb/note writes it.
 */

/** Of a log: Ed25519 over the text of the note. Of a witness: Ed25519 over a time and the text. */
export const keyTypes = { log: 0x01, witness: 0x04 } as const;
export type KeyType = (typeof keyTypes)[keyof typeof keyTypes];

export interface VerifierKey {
  /** A URL without scheme. */
  readonly name: string;
  readonly type: KeyType;
  /** The first four bytes of H(name ‖ LF ‖ type ‖ key). */
  readonly id: Buffer;
  readonly publicKey: KeyObject;
  /** The key as text. */
  readonly text: string;
}

export interface SignerKey {
  readonly verifier: VerifierKey;
  readonly privateKey: KeyObject;
  /** The key as text; secret. */
  readonly text: string;
}

const derOfPublicKey = Buffer.from('302a300506032b6570032100', 'hex');
const derOfSeed = Buffer.from('302e020100300506032b657004220420', 'hex');
export const maxKeyName = 255;

/** A name has no white space, no plus sign, and one to 255 characters. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= maxKeyName && !/[\s+\p{C}]/u.test(name);
}

/** @param seed 32 bytes, secret. */
export function signerKey(name: string, type: KeyType, seed: Buffer): SignerKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([derOfSeed, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const verifier = verifierKey(name, type, spki.subarray(derOfPublicKey.length));
  const body = Buffer.concat([Buffer.of(type), seed]).toString('base64');
  return { verifier, privateKey, text: `PRIVATE+KEY+${name}+${verifier.id.toString('hex')}+${body}` };
}

/** @throws Error if the text is not the key of a signer of this type; never repeats the text. */
export function parseSignerKey(text: string, type: KeyType): SignerKey {
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim());
  const [, name = '', id = '', body = ''] = match ?? [];
  const bytes = Buffer.from(body, 'base64');
  if (!isKeyName(name) || bytes.length !== 33) throw new Error('must be PRIVATE+KEY+<name>+<id>+<base64 of 33 bytes>');
  if (bytes[0] !== type) throw new Error(`must be a key of type ${type}`);
  const key = signerKey(name, type, bytes.subarray(1));
  if (key.verifier.id.toString('hex') !== id) throw new Error('has an id that does not fit its name and key');
  return key;
}

/** @throws Error if the text is not the key of a verifier. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', id = '', body = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(body, 'base64');
  const type = Object.values(keyTypes).find((each) => each === bytes[0]);
  if (!isKeyName(name) || bytes.length !== 33 || type === undefined) {
    throw new Error('A verifier key is <name>+<id in hex>+<base64 of 01 or 04 and an Ed25519 key>.');
  }
  const key = verifierKey(name, type, bytes.subarray(1));
  if (key.id.toString('hex') !== id) throw new Error(`The id of the key of ${name} does not fit its name and key.`);
  return key;
}

function verifierKey(name: string, type: KeyType, key: Buffer): VerifierKey {
  const body = Buffer.concat([Buffer.of(type), key]);
  const id = sha256(Buffer.from(`${name}\n`), body).subarray(0, 4);
  const publicKey = createPublicKey({ key: Buffer.concat([derOfPublicKey, key]), format: 'der', type: 'spki' });
  return { name, type, id, publicKey, text: `${name}+${id.toString('hex')}+${body.toString('base64')}` };
}
