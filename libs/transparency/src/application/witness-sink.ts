import { consistencyProof, openNote, formatNote, parseSignature, type PolicyWitness } from '../domain';
import type { TreeStore } from '../read/tree-store';
import { LogAlarm } from './log-alarm';
import type { SignedCheckpoint } from './log-signer';
import type { LogSink } from './log-sink';

/** Milliseconds that a witness has to answer, and the most bytes of its answer. */
const patience = 5_000;
const maxAnswer = 16 * 1024;

/** A witness over HTTP: C2SP tlog-witness. */
export class WitnessSink implements LogSink {
  readonly name: string;

  constructor(
    private readonly witness: PolicyWitness & { readonly url: string },
    private readonly store: TreeStore,
  ) {
    this.name = `witness ${witness.key.name}`;
  }

  async take(checkpoint: SignedCheckpoint, done: number): Promise<readonly string[]> {
    const first = await this.ask(checkpoint, done);
    if (first.status !== 409) return this.linesOf(first, checkpoint);
    // The witness says which size it has.
    const has = /^(0|[1-9]\d{0,15})\n?$/.test(first.text) ? Number(first.text) : null;
    if (has === null) throw this.refusal(first);
    if (has > checkpoint.size) {
      throw new LogAlarm(
        `${this.name} has seen ${has} events, and the tree has ${checkpoint.size}: the ledger was cut or restored.`,
      );
    }
    return this.linesOf(await this.ask(checkpoint, has), checkpoint);
  }

  private async ask({ size, note }: SignedCheckpoint, old: number): Promise<{ status: number; text: string }> {
    const from = Math.min(old, size);
    const proof = await this.store.compute((nodes) => consistencyProof(nodes, from, size));
    const lines = [`old ${from}`, ...proof.map((hash) => hash.toString('base64'))];
    // Cosignatures of others are no business of this one.
    const [signed = '', ownLine = ''] = note.split(/\n\n(?=— )/);
    const body = `${lines.join('\n')}\n\n${signed}\n\n${ownLine.split('\n')[0] ?? ''}\n`;
    const url = `${this.witness.url.replace(/\/$/, '')}/add-checkpoint`;
    try {
      const signal = AbortSignal.timeout(patience);
      const answer = await fetch(url, { method: 'POST', body, redirect: 'error', signal });
      return { status: answer.status, text: await beginningOf(answer) };
    } catch (error) {
      const { cause, message } = error as { cause?: { message?: string }; message: string };
      throw new Error(`${this.name} cannot be reached: ${cause?.message ?? message}`, { cause: error });
    }
  }

  private linesOf(answer: { status: number; text: string }, { text, root, size }: SignedCheckpoint): readonly string[] {
    if (answer.status === 422) {
      throw new LogAlarm(
        `${this.name} has seen another tree than the one with the root ${root.toString('base64')} at ${size} events.`,
      );
    }
    if (answer.status !== 200) throw this.refusal(answer);
    const lines = answer.text.split('\n').filter((line) => line !== '');
    const { key } = this.witness;
    const own = lines.filter((line) => {
      const { name, id } = parseSignature(line);
      return name === key.name && id.equals(key.id);
    });
    openNote(formatNote(text, own), [key]);
    return own.slice(0, 1);
  }

  private refusal({ status, text }: { status: number; text: string }): Error {
    return new Error(`${this.name} answered ${status}: ${JSON.stringify(text.slice(0, 200))}`);
  }
}

async function beginningOf(answer: Response): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  if (!answer.body) return '';
  for await (const part of answer.body) {
    const chunk = Buffer.from(part as Uint8Array);
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > maxAnswer) throw new Error(`A witness answers with at most ${maxAnswer} bytes.`);
  }
  return Buffer.concat(parts).toString('utf8');
}
