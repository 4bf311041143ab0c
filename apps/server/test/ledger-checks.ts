import { inTransaction } from '#libs/database';
import { canonicalJson, fold } from '#libs/kernel';
import { ArchivedPositions, readAll, type RecordedEvent, verifyChain } from '#libs/ledger';
import { createRunCategory } from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import type { Pool, PoolClient } from 'pg';
import { eventCatalogue } from '../src/event-catalogue';
import { expectFitting } from './event-checks';
import { secretKey } from './harness';
import { expectViewsRebuilt } from './view-checks';

const runCategory = createRunCategory(60, new SecretBox({ current: secretKey }));

/**
 * Checks the ledger: positions without gaps, the chain intact, every event as the catalogue describes it, every view equal
 * to the fold of the events. Appends may continue meanwhile. `tampered`: streams with rows that the test has changed.
 */
export async function expectLedgerWhole(pool: Pool, tampered: readonly string[] = []): Promise<void> {
  await inTransaction(pool, (client) => expectWholeIn(client), 'begin isolation level repeatable read read only');
  await expectViewsRebuilt(pool, tampered);
}

async function expectWholeIn(pool: PoolClient): Promise<void> {
  const all = await readAll(pool, 0, 1_000_000);
  const archived = await ArchivedPositions.read(pool);
  const last = all.at(-1)?.position ?? 0;
  const there = new Set(all.map(({ position }) => position));
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter((position) => !there.has(position));
  expect(missing.filter((position) => !archived.has(position))).toEqual([]);
  const gone = last - all.length;
  expect(await verifyChain(pool)).toMatchObject({ intact: true, position: last, ...(gone > 0 && { archived: gone }) });
  // Events of archived runs may still be there, for a while: no view has them.
  const events = all.filter(({ position }) => !archived.has(position));
  await expectPlans(pool);
  expectFitting(events.map((event) => eventCatalogue.problemOfStored(event)));
  await expectLoads(pool, events);
}

/** What the server loads of a run, from its snapshot and what came after it, is the fold of its events. */
async function expectLoads(pool: PoolClient, events: readonly RecordedEvent[]): Promise<void> {
  const first = events.filter(({ type }) => type === 'WorkflowRunSubmitted').map(({ streamId }) => streamId);
  const opened = await runCategory.stored.open(pool, events, []);
  const streams = new Map(first.map((id) => [id, [] as RecordedEvent[]]));
  for (const event of events) streams.get(event.streamId)?.push(event);
  const loaded = await runCategory.load(pool, first);
  for (const [id, own] of streams) {
    const whole = own.flatMap((event) => opened.event(runCategory.upcasters?.apply(event) ?? event) ?? []);
    expectFitting(whole.map((event) => eventCatalogue.problemOf(event)));
    expect(canonicalJson(loaded.get(id)?.state)).toBe(canonicalJson(fold(runCategory.decider, null, whole)));
  }
}

/** Each plan has the hash that it is kept by, and each run's plan is there. */
async function expectPlans(pool: PoolClient): Promise<void> {
  const wrong = await pool.query(`select hash from plan where hash <> sha256(convert_to(body, 'UTF8'))`);
  expect(wrong.rows).toEqual([]);
  const missing = await pool.query(
    `select e.stream_id from event e where e.type = 'WorkflowRunSubmitted' and (e.schema_version <> 2
        or not exists (select 1 from plan p where encode(p.hash, 'hex') = e.data::jsonb ->> 'plan'))`,
  );
  expect(missing.rows).toEqual([]);
}
