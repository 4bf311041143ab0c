import { hashBytes } from './merkle-tree';

/** A `.tlog-proof` of C2SP: one entry is in the tree of a checkpoint. */
export interface ProofFile {
  readonly index: number;
  readonly proof: readonly Buffer[];
  /** The signed note of the checkpoint. */
  readonly checkpoint: string;
  /** Not covered by the proof. */
  readonly extra?: Buffer;
}

const firstLine = 'c2sp.org/tlog-proof@v1';

export function formatProofFile({ index, proof, checkpoint, extra }: ProofFile): string {
  const lines = [
    firstLine,
    ...(extra ? [`extra ${extra.toString('base64')}`] : []),
    `index ${index}`,
    ...proof.map((hash) => hash.toString('base64')),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws Error if the text is no proof file. */
export function parseProofFile(text: string): ProofFile {
  const end = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  const extra = lines[0]?.startsWith('extra ') ? Buffer.from((lines.shift() ?? '').slice(6), 'base64') : undefined;
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  if (first !== firstLine || index === undefined || proof.some(({ length }) => length !== hashBytes)) {
    throw new Error(
      `A proof has the lines "${firstLine}", "index <n>", hashes in base64, an empty line and a checkpoint.`,
    );
  }
  return { index: Number(index), proof, checkpoint: text.slice(end + 2), ...(extra && { extra }) };
}
