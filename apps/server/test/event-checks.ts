import { readAll } from '#libs/ledger';
import type { Pool } from 'pg';
import { eventCatalogue } from '../src/event-catalogue';

const pageSize = 5000;

/** Every event of the ledger is as the catalogue describes it. */
export async function expectEventsFit(pool: Pool): Promise<void> {
  for (let position = 0; ;) {
    const events = await readAll(pool, position, pageSize);
    expectFitting(events.map((event) => eventCatalogue.problemOfStored(event)));
    position = events.at(-1)?.position ?? position;
    if (events.length < pageSize) return;
  }
}

/** Shows each problem once. */
export function expectFitting(problems: readonly (string | null)[]): void {
  expect([...new Set(problems)].filter((problem) => problem !== null)).toEqual([]);
}
