import { verifyChain } from '#libs/ledger';
import { type Rebuilt, type Swapped, swapViews, viewNames } from '#libs/rebuild';
import { paintFor, Progress } from '#libs/terminal';
import type { Pool } from 'pg';
import { CliError, exitCodes, wrongUsage } from '../exit';
import { write, writeJson } from '../output';
import { onPool } from './open';
import { countOf, differenceLines, onRebuilt, shownDifference, verdictLine } from './views';

export interface RebuildOptions {
  readonly swap?: true;
  readonly json?: true;
}

/** Replays the ledger, compares the views with it, and prints what differs. */
export async function rebuild(names: readonly string[], { swap, json }: RebuildOptions): Promise<void> {
  const views = names.length === 0 ? viewNames : viewNames.filter((name) => names.includes(name));
  const unknown = names.find((name) => !viewNames.some((view) => view === name));
  if (unknown !== undefined)
    throw wrongUsage(`There is no view ${JSON.stringify(unknown)}. The views are: ${viewNames.join(', ')}.`);
  await onPool(async (pool) => {
    if (swap) await expectWhole(pool);
    await onRebuilt(pool, views, async (rebuilt, client) => {
      const mended = Boolean(swap) && countOf(rebuilt.views) > 0;
      const progress = new Progress(process.stderr, 'streams');
      const swapped = mended
        ? await swapViews(client, rebuilt, (done, total) => progress.show(done, total)).finally(() => progress.end())
        : null;
      if (countOf(rebuilt.views) > 0 && !mended) process.exitCode = exitCodes.no;
      await (json ? printJson(rebuilt, Boolean(swap), swapped) : print(rebuilt, swapped));
    });
  });
}

/** Views of a ledger that somebody has changed would be wrong. */
async function expectWhole(pool: Pool): Promise<void> {
  const progress = new Progress(process.stderr, 'events');
  const verdict = await verifyChain(pool, { onProgress: (position, last) => progress.show(position, last) }).finally(
    () => progress.end(),
  );
  if (verdict.intact) return;
  throw new CliError(
    exitCodes.no,
    `The ledger is broken at position ${verdict.position}, so nothing was swapped: ${verdict.problem}`,
  );
}

async function printJson(rebuilt: Rebuilt, isSwap: boolean, swapped: Swapped | null): Promise<void> {
  const { position, events, views } = rebuilt;
  const differences = rebuilt.differences.map(shownDifference);
  const mended = isSwap && {
    swapped: { rows: swapped ? countOf(views) : 0, longestPauseMs: Math.ceil(swapped?.longestPause ?? 0) },
  };
  await writeJson({ position, events, views, differences, ...mended });
}

async function print(rebuilt: Rebuilt, swapped: Swapped | null): Promise<void> {
  const paint = paintFor(process.stdout);
  for (const difference of rebuilt.differences) await write(differenceLines(shownDifference(difference), paint));
  const count = countOf(rebuilt.views);
  const more = count - rebuilt.differences.length;
  if (more > 0) await write(`… and ${more} rows more\n`);
  await write(verdictLine(rebuilt, paint));
  if (swapped)
    await write(
      `${paint('green', 'swapped')}: ${count} rows; commands waited ${Math.ceil(swapped.longestPause)} ms at most\n`,
    );
}
