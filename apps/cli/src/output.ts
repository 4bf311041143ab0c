import { once } from 'node:events';
import { endNow } from './ending';

let isWatched = false;

/** If nobody reads the output any more, the process ends quietly, as other programs do. */
function watchReader(): void {
  if (isWatched) return;
  isWatched = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => endNow(code === 'EPIPE' ? 0 : 1));
  }
}

/** Writes to standard output, and waits while the reader is slower: memory stays flat. */
export async function write(text: string): Promise<void> {
  watchReader();
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export function writeJson(value: unknown): Promise<void> {
  return write(`${JSON.stringify(value)}\n`);
}
