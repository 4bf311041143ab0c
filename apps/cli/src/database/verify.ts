import { verifyChain } from '#libs/ledger';
import { viewNames } from '#libs/rebuild';
import { paintFor, Progress } from '#libs/terminal';
import { exitCodes } from '../exit';
import { write, writeJson } from '../output';
import { onPool } from './open';
import { countOf, differenceLines, onRebuilt, shownDifference, verdictLine } from './views';

export interface VerifyOptions {
  /** False: only the chain. */
  readonly views: boolean;
  readonly json?: true;
}

/** Recomputes the chain, and says whether it is whole or where it breaks; then compares every view with the events. */
export async function verify({ views, json }: VerifyOptions): Promise<void> {
  const progress = new Progress(process.stderr, 'events');
  await onPool(async (pool) => {
    const verdict = await verifyChain(pool, {
      onProgress: (position, last) => progress.show(position, last),
    }).finally(() => progress.end());
    if (!verdict.intact) process.exitCode = exitCodes.no;
    const paint = paintFor(process.stdout);
    if (!json) {
      const { intact, position } = verdict;
      const archived = intact && verdict.archived !== undefined ? `, of which ${verdict.archived} lie in archives` : '';
      if (intact)
        await write(
          `${paint('green', 'whole')}: ${position} events${archived}; the head has the hash ${verdict.hash}\n`,
        );
      else await write(`${paint('red', 'broken')} at position ${position}: ${verdict.problem}\n`);
    }
    // What a broken chain says is not worth a comparison.
    if (!views || !verdict.intact) return json && writeJson(verdict);
    await onRebuilt(pool, viewNames, async (rebuilt) => {
      const differences = rebuilt.differences.map(shownDifference);
      if (countOf(rebuilt.views) > 0) process.exitCode = exitCodes.no;
      if (json) return writeJson({ ...verdict, views: rebuilt.views, differences });
      for (const difference of differences) await write(differenceLines(difference, paint));
      await write(verdictLine(rebuilt, paint));
    });
  });
}
