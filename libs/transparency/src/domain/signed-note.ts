import { sign, verify } from 'node:crypto';
import { keyTypes, type SignerKey, type VerifierKey } from './note-keys';

/** The most bytes of a note, and signatures in it. */
export const noteBounds = { bytes: 64 * 1024, signatures: 100 } as const;

export interface NoteSignature {
  readonly name: string;
  readonly id: Buffer;
  /** Without the id. */
  readonly signature: Buffer;
  /** The line, without its end. */
  readonly line: string;
}

export interface VerifiedSignature extends NoteSignature {
  readonly key: VerifierKey;
  /** Seconds since the epoch, of a witness. */
  readonly time: number | null;
}

export interface SignedNote {
  /** Ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A line that signs the text as a log. */
export function noteSignature(text: string, { verifier, privateKey }: SignerKey): string {
  return signatureLine(verifier, sign(null, Buffer.from(text), privateKey));
}

/** A line that signs the text as a witness who saw it at this time. `time`: seconds since the epoch. */
export function cosignature(text: string, { verifier, privateKey }: SignerKey, time: number): string {
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(time));
  const signature = sign(null, Buffer.from(cosignedText(text, String(time))), privateKey);
  return signatureLine(verifier, Buffer.concat([seconds, signature]));
}

export function formatNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** @throws Error if this is no signed note, or one beyond the bounds. */
export function parseNote(note: string): SignedNote {
  if (Buffer.byteLength(note) > noteBounds.bytes) throw new Error(`A note has at most ${noteBounds.bytes} bytes.`);
  const end = note.lastIndexOf('\n\n');
  // eslint-disable-next-line no-control-regex -- a note may hold no other control character
  if (end < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note)) throw malformed();
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > noteBounds.signatures) throw new Error(`A note has at most ${noteBounds.signatures} signatures.`);
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

/**
 * The note's text, and the signatures of those whose keys are given. Others are ignored.
 * @throws Error if a signature of a known key is wrong, or no signature is of a known key.
 */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
): { text: string; verified: readonly VerifiedSignature[] } {
  const { text, signatures } = parseNote(note);
  const verified = new Map<VerifierKey, VerifiedSignature>();
  for (const signature of signatures) {
    const key = keys.find(({ name, id }) => name === signature.name && id.equals(signature.id));
    if (!key || verified.has(key)) continue;
    verified.set(key, { ...signature, key, time: verifiedTime(text, signature.signature, key) });
  }
  if (verified.size === 0) throw new Error('The note has no signature of a known key.');
  return { text, verified: [...verified.values()] };
}

/** The time that a witness signed; null for a log. @throws Error if the signature is wrong. */
function verifiedTime(text: string, signature: Buffer, key: VerifierKey): number | null {
  const isWitness = key.type === keyTypes.witness;
  const time = isWitness && signature.length === 72 ? signature.readBigUInt64BE() : null;
  const signed = time === null ? text : cosignedText(text, String(time));
  const bare = time === null ? signature : signature.subarray(8);
  const isGood = bare.length === 64 && verify(null, Buffer.from(signed), key.publicKey, bare);
  if (!isGood) throw new Error(`The signature of ${key.name} is wrong.`);
  return time === null ? null : Number(time);
}

function cosignedText(text: string, time: string): string {
  return `cosignature/v1\ntime ${time}\n${text}`;
}

function signatureLine({ name, id }: VerifierKey, signature: Buffer): string {
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}`;
}

/** @throws Error if this is no line of a signature. */
export function parseSignature(line: string): NoteSignature {
  const [, name = '', body = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length < 5) throw malformed();
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4), line };
}

function malformed(): Error {
  return new Error('A signed note is a text, an empty line, and lines such as "— name base64".');
}
