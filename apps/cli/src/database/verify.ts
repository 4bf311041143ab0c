import { verifyChain } from '#libs/ledger';
import { paintFor, Progress } from '#libs/terminal';
import { exitCodes } from '../exit';
import { write, writeJson } from '../output';
import { onPool } from './open';

export interface VerifyOptions {
  readonly json?: true;
}

/** Recomputes the chain, and says whether it is whole or where it breaks. */
export async function verify({ json }: VerifyOptions): Promise<void> {
  const progress = new Progress(process.stderr, 'events');
  const verdict = await onPool((pool) =>
    verifyChain(pool, { onProgress: (position, last) => progress.show(position, last) }),
  ).finally(() => progress.end());
  if (!verdict.intact) process.exitCode = exitCodes.no;
  if (json) return writeJson(verdict);
  const paint = paintFor(process.stdout);
  const { intact, position } = verdict;
  const archived = intact && verdict.archived !== undefined ? `, of which ${verdict.archived} lie in archives` : '';
  if (intact)
    await write(`${paint('green', 'whole')}: ${position} events${archived}; the head has the hash ${verdict.hash}\n`);
  else await write(`${paint('red', 'broken')} at position ${position}: ${verdict.problem}\n`);
}
