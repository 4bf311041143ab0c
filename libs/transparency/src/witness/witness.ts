import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createFile, replaceFile } from '../application/durable-file';
import {
  type Checkpoint,
  cosignature,
  formatNote,
  hashBytes,
  openNote,
  parseCheckpoint,
  parseNote,
  provesConsistency,
  type SignerKey,
  type VerifierKey,
} from '../domain';

/** The most hashes of a proof. */
const maxProof = 63;

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
}

const stateSchema = z.object({ size: z.int().min(0), root: z.base64(), note: z.string() });
type Seen = z.infer<typeof stateSchema>;

/**
 * What a witness does (C2SP tlog-witness): it remembers the last checkpoint of each log, and signs a newer one only if
 * that one's tree begins with it. Its folder has a file for each log, and each pair of notes of a log that contradict
 * each other: the log's own signatures prove it.
 */
export class Witness {
  private working: Promise<unknown> = Promise.resolve();

  /** @param now milliseconds since the epoch. */
  constructor(
    private readonly folder: string,
    private readonly key: SignerKey,
    private readonly logs: readonly VerifierKey[],
    private readonly now: () => number,
  ) {}

  /** Answers the body of a POST to `add-checkpoint`. It compares, stores and answers one request after the other. */
  addCheckpoint(body: string): Promise<WitnessAnswer> {
    const answer = this.working.then(() => this.answer(body));
    this.working = answer.catch(() => undefined);
    return answer;
  }

  private async answer(body: string): Promise<WitnessAnswer> {
    const request = parseRequest(body);
    if (!request)
      return { status: 400, text: 'The body is "old <size>", hashes in base64, an empty line, and a note.\n' };
    const { old, proof, note, checkpoint } = request;
    const named = this.logs.filter(({ name }) => name === checkpoint.origin);
    if (named.length === 0) return { status: 404, text: `The log ${checkpoint.origin} is not known.\n` };
    const log = signerOf(note, named);
    if (!log) return { status: 403, text: `The note has no valid signature of ${checkpoint.origin}.\n` };
    const { size, root } = checkpoint;
    if (old > size) return { status: 400, text: `The old size ${old} is above the new size ${size}.\n` };
    const seen = this.read(log);
    if (old !== (seen?.size ?? 0)) return { status: 409, text: `${seen?.size ?? 0}\n` };
    const oldRoot = seen ? Buffer.from(seen.root, 'base64') : Buffer.alloc(0);
    const follows = old === 0 ? proof.length === 0 : provesConsistency(old, size, proof, oldRoot, root);
    if (!follows) {
      if (seen && old === size) await this.keepConflict(log, size, seen.note, note);
      return {
        status: 422,
        text: `The tree of ${size} does not begin with the tree of ${old} that was signed before.\n`,
      };
    }
    this.write(log, { size, root: root.toString('base64'), note });
    return { status: 200, text: `${cosignature(parseNote(note).text, this.key, Math.floor(this.now() / 1000))}\n` };
  }

  private read(log: VerifierKey): Seen | null {
    const file = this.fileOf(log);
    return existsSync(file) ? stateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  }

  private write(log: VerifierKey, seen: Seen): void {
    replaceFile(this.fileOf(log), `${JSON.stringify(seen)}\n`);
  }

  private async keepConflict(log: VerifierKey, size: number, one: string, other: string): Promise<void> {
    await createFile(join(this.folder, `conflict-${log.id.toString('hex')}-${size}.txt`), `${one}\n${other}`);
  }

  private fileOf({ id }: VerifierKey): string {
    return join(this.folder, `log-${id.toString('hex')}.json`);
  }
}

interface WitnessRequest {
  readonly old: number;
  readonly proof: readonly Buffer[];
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

function parseRequest(body: string): WitnessRequest | null {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(0, end)).split('\n');
  const [, old] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  const isWrong = proof.some((hash, index) => hash.length !== hashBytes || hash.toString('base64') !== lines[index]);
  if (old === undefined || isWrong || proof.length > maxProof || !Number.isSafeInteger(Number(old))) return null;
  const note = body.slice(end + 2);
  try {
    const { text, signatures } = parseNote(note);
    // What is stored and signed is what was read: no other text has this form.
    if (
      formatNote(
        text,
        signatures.map(({ line }) => line),
      ) !== note
    )
      return null;
    return { old: Number(old), proof, note, checkpoint: parseCheckpoint(text) };
  } catch {
    return null;
  }
}

/** The key that has signed; null if none has, or a signature is wrong. */
function signerOf(note: string, keys: readonly VerifierKey[]): VerifierKey | null {
  try {
    return openNote(note, keys).verified[0]?.key ?? null;
  } catch {
    return null;
  }
}
