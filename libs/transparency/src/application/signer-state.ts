import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { hashBytes } from '../domain';
import { replaceFile } from './durable-file';

/** The last tree that a signer has signed. */
export interface SignedTree {
  readonly size: number;
  readonly root: Buffer;
}

const stateSchema = z.object({
  origin: z.string(),
  size: z.int().min(0),
  root: z.base64().refine((text) => Buffer.from(text, 'base64').length === hashBytes),
});

/** What a signer remembers outside the database, in a file with mode 0600. */
export class SignerState {
  constructor(private readonly file: string) {}

  /**
   * Null if the file is not there, or is about another log.
   * @throws Error if the file cannot be read as a state.
   */
  read(origin: string): SignedTree | null {
    if (!existsSync(this.file)) return null;
    let state: z.infer<typeof stateSchema>;
    try {
      state = stateSchema.parse(JSON.parse(readFileSync(this.file, 'utf8')));
    } catch {
      throw new Error(`${this.file} is not what the signer has written: put its last copy back.`);
    }
    return state.origin === origin ? { size: state.size, root: Buffer.from(state.root, 'base64') } : null;
  }

  write(origin: string, { size, root }: SignedTree): void {
    replaceFile(this.file, `${JSON.stringify({ origin, size, root: root.toString('base64') })}\n`);
  }
}
