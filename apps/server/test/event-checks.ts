import { readAll, readHead, readPages } from '#libs/ledger';
import type { Pool } from 'pg';
import { eventCatalogue } from '../src/event-catalogue';

/** Every event of the ledger is as the catalogue describes it. */
export async function expectEventsFit(pool: Pool): Promise<void> {
  const head = await readHead(pool);
  for await (const events of readPages(pool, 0, head?.position ?? 0, readAll)) {
    expectFitting(events.map((event) => eventCatalogue.problemOfStored(event)));
  }
}

/** Shows each problem once. */
export function expectFitting(problems: readonly (string | null)[]): void {
  expect([...new Set(problems)].filter((problem) => problem !== null)).toEqual([]);
}
