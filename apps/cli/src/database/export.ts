import { readAll, readHead, type RecordedEvent } from '#libs/ledger';
import { Progress } from '#libs/terminal';
import type { Pool } from 'pg';
import { CliError, exitCodes } from '../exit';
import { writeJson } from '../output';
import { onPool } from './open';
import { shownEvent } from './shown-event';

/** Positions, both inclusive; without `to`, up to the head. */
export interface Range {
  readonly from: number;
  readonly to?: number;
}

/** The most events to read at once, and about how many bytes of them. */
const mostRows = 1000;
const mostBytes = 4 * 1024 * 1024;

/** Writes the events to standard output, a page in memory at a time. */
export async function exportEvents(range: Range): Promise<void> {
  // Between the lines of a terminal, a bar would be in the way.
  const progress = new Progress(process.stdout.isTTY ? { write: () => true } : process.stderr, 'events');
  await onPool((pool) => writeEvents(pool, range, progress)).finally(() => progress.end());
}

async function writeEvents(pool: Pool, { from, to = Infinity }: Range, progress: Progress): Promise<void> {
  const head = (await readHead(pool))?.position ?? 0;
  const last = Math.min(to, head);
  let position = from - 1;
  for (let rows = 100; position < last;) {
    const events = await readAll(pool, position, Math.min(rows, last - position));
    if (events.length === 0) throw missing(position + 1);
    for (const event of events) {
      if (event.position !== position + 1) throw missing(position + 1);
      await writeJson(shownEvent(event));
      position = event.position;
    }
    progress.show(position - from + 1, last - from + 1);
    rows = Math.max(1, Math.min(mostRows, Math.floor(mostBytes / meanBytes(events))));
  }
}

function missing(position: number): CliError {
  return new CliError(exitCodes.no, `The event at position ${position} is missing: run \`runledger verify\`.`);
}

function meanBytes(events: readonly RecordedEvent[]): number {
  const bytes = events.reduce((sum, { stored }) => sum + stored.data.length + stored.metadata.length, 0);
  return Math.max(1, bytes / events.length);
}
