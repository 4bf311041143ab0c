import { inTransaction } from '#libs/database';
import { canonicalJson, fold } from '#libs/kernel';
import { readAll, verifyChain } from '#libs/ledger';
import { createRunCategory, type RunEvent, type WorkflowRunState } from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import type { Pool, PoolClient } from 'pg';
import { secretKey } from './harness';

/** The ledger is whole: positions without gap, the chain intact, every run's stored state the fold of its events. It may go on meanwhile. */
export async function expectLedgerWhole(pool: Pool): Promise<void> {
  await inTransaction(pool, expectWholeIn, 'begin isolation level repeatable read read only');
}

async function expectWholeIn(pool: PoolClient): Promise<void> {
  const events = await readAll(pool, 0, 1_000_000);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  expect(await verifyChain(pool)).toMatchObject({ intact: true, position: events.length });
  const category = createRunCategory(60, new SecretBox({ current: secretKey }));
  const folded = new Map<string, WorkflowRunState | null>();
  for (const { streamId, type, data } of events) {
    if (type !== 'WorkflowRunSubmitted' && !folded.has(streamId)) continue;
    folded.set(streamId, fold(category.decider, folded.get(streamId) ?? null, [{ type, data } as RunEvent]));
  }
  const stored = await category.load(pool, [...folded.keys()]);
  expect(stored.size).toBe(folded.size);
  for (const [id, state] of folded) expect(canonicalJson(stored.get(id)?.state)).toBe(canonicalJson(state));
  await expectCountersRight(pool);
}

async function expectCountersRight(pool: PoolClient): Promise<void> {
  const counted = await pool.query(
    `select team_id, status, phase, sum(runs)::int as runs from run_count group by 1, 2, 3 having sum(runs) <> 0 order by 1, 2, 3`,
  );
  const actual = await pool.query(
    `select team_id, status, phase, count(*)::int as runs from workflow_run group by 1, 2, 3 order by 1, 2, 3`,
  );
  expect(counted.rows).toEqual(actual.rows);
}
