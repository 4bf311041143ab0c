import { readAll, readHead, readPages } from '#libs/ledger';
import { Progress } from '#libs/terminal';
import type { Pool } from 'pg';
import { CliError, exitCodes } from '../exit';
import { writeJson } from '../output';
import { onPool } from './open';
import { openerOf } from './personal';
import { shownEvent } from './shown-event';

/** Positions, both inclusive; without `to`, up to the head. */
export interface Range {
  readonly from: number;
  readonly to?: number;
}

/** Writes the events to standard output, a page in memory at a time. */
export async function exportEvents(range: Range): Promise<void> {
  // Between the lines of a terminal, a bar would be in the way.
  const progress = new Progress(process.stdout.isTTY ? { write: () => true } : process.stderr, 'events');
  await onPool((pool) => writeEvents(pool, range, progress)).finally(() => progress.end());
}

async function writeEvents(pool: Pool, { from, to = Infinity }: Range, progress: Progress): Promise<void> {
  const last = Math.min(to, (await readHead(pool))?.position ?? 0);
  const open = openerOf(pool);
  let position = from - 1;
  for await (const events of readPages(pool, position, last, readAll)) {
    if (events.length === 0) break;
    for (const event of events) {
      if (event.position !== position + 1) throw missing(position + 1);
      await writeJson(await open(shownEvent(event)));
      position = event.position;
    }
    progress.show(position - from + 1, last - from + 1);
  }
  if (position < last) throw missing(position + 1);
}

function missing(position: number): CliError {
  return new CliError(exitCodes.no, `The event at position ${position} is missing: run \`runledger verify\`.`);
}
