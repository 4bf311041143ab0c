import { hashBytes } from './merkle-tree';

/** What a log signs: its tree at one size. */
export interface Checkpoint {
  /** The log: a URL without scheme, and the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** The text of C2SP tlog-checkpoint, without extension lines. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** @throws Error if the text is no checkpoint, or has extension lines. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', end, ...others] = text.split('\n');
  const bytes = Buffer.from(root, 'base64');
  const isWhole =
    origin !== '' &&
    /^(0|[1-9]\d{0,15})$/.test(size) &&
    Number.isSafeInteger(Number(size)) &&
    bytes.length === hashBytes &&
    bytes.toString('base64') === root;
  if (!isWhole || end !== '' || others.length > 0) {
    throw new Error('A checkpoint has three lines: the origin, the size, and the root in base64.');
  }
  return { origin, size: Number(size), root: bytes };
}
