import { newId } from '#libs/kernel';
import type { ReachInTeam } from '#libs/contracts';
import { Chance, createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { type InsightsRequest, lengthOf, type Lengths, readInsights } from './run-insights';

interface Row {
  readonly id: string;
  readonly team: string;
  readonly workflow: string;
  readonly created: number;
  readonly status: string;
  readonly queueing: number;
  readonly running: number | null;
  readonly shape: string | null;
}

const [team, other, w1, w2] = [newId(), newId(), newId(), newId()];
const hour = 3_600_000;
const day = 24 * hour;
/** A Monday. */
const begin = Date.UTC(2026, 5, 1);
const chance = new Chance(20261130);

/** From no time at all to weeks, and most of them short. */
const length = (): number => (chance.is(0.05) ? 0 : Math.floor(Math.exp(chance.next() * 21)));

const rows: readonly Row[] = Array.from({ length: 3000 }, () => {
  const status = chance.of(['succeeded', 'succeeded', 'succeeded', 'failed', 'timedout', 'cancelled']);
  return {
    id: newId(),
    team: chance.is(0.9) ? team : other,
    workflow: chance.is(0.6) ? w1 : w2,
    created: begin + chance.below(15 * 24) * hour + chance.below(hour),
    status,
    queueing: length(),
    running: status === 'cancelled' && chance.is(0.5) ? null : length(),
    shape: status === 'failed' || status === 'timedout' ? `shape ${chance.below(chance.below(40) + 1)}` : null,
  };
});

/** Nearest rank. */
function exact(lengths: readonly number[], share: number): number {
  return [...lengths].sort((a, b) => a - b)[Math.ceil(share * lengths.length) - 1] ?? 0;
}

function expectLengths(found: Lengths | null, lengths: readonly number[]): void {
  if (lengths.length === 0) {
    expect(found).toBeNull();
    return;
  }
  expect([found?.runs, found?.total]).toEqual([lengths.length, lengths.reduce((sum, each) => sum + each, 0)]);
  for (const [value, share] of [
    [found?.median, 0.5],
    [found?.p95, 0.95],
    [found?.p99, 0.99],
  ] as const) {
    const wanted = exact(lengths, share);
    expect(Math.abs((value ?? NaN) - wanted)).toBeLessThanOrEqual(0.01 * wanted + 0.5);
  }
}

describe('insights', () => {
  let database: TestDatabase;
  let pool: Pool;
  const reach: ReachInTeam = {
    kind: 'team',
    team: { id: team, name: 'a' },
    permissions: ['**/**'],
    ofInstallation: false,
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    const add = (some: readonly Row[]) =>
      pool.query(
        'select run_outcome_add($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])',
        (['id', 'team', 'workflow', 'created', 'status', 'queueing', 'running', 'shape'] as const).map((name) =>
          some.map((row) => row[name]),
        ),
      );
    for (let at = 0; at < rows.length; at += 500) await add(rows.slice(at, at + 500));
    // Twice is as good as once.
    await add(rows.slice(100, 900));
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const range = { from: begin, to: begin + 14 * day };
  it.each<[string, InsightsRequest, number, (row: Row) => boolean]>([
    ['days', { period: 'day', ...range }, day, () => true],
    ['weeks', { period: 'week', ...range }, 7 * day, () => true],
    ['hours', { period: 'hour', from: begin + day, to: begin + 3 * day }, hour, () => true],
    ['days of one workflow', { period: 'day', ...range, workflows: [w1] }, day, ({ workflow }) => workflow === w1],
    ['days of two workflows', { period: 'day', ...range, workflows: [w1, w2] }, day, () => true],
    [
      'hours of one workflow',
      { period: 'hour', from: begin, to: begin + day, workflows: [w2] },
      hour,
      ({ workflow }) => workflow === w2,
    ],
    ['failed ones', { period: 'week', ...range, statuses: ['failed'] }, 7 * day, ({ status }) => status === 'failed'],
  ])('by %s are what the rows say', async (_name, request, width, isWanted) => {
    const own = rows.filter(
      (row) => row.team === team && row.created >= request.from && row.created < request.to && isWanted(row),
    );
    const { all, periods } = await readInsights(pool, reach, request);
    const starts = new Set(own.map(({ created }) => Math.floor((created - begin) / width) * width + begin));
    expect([...periods.keys()]).toEqual([...starts].sort((a, b) => a - b));
    for (const [start, outcomes] of [[null, all] as const, ...periods]) {
      const mine = own.filter(({ created }) => start === null || (created >= start && created < start + width));
      const counted: Record<string, number> = {};
      for (const { status } of mine) counted[status] = (counted[status] ?? 0) + 1;
      expect(outcomes.statuses).toEqual(counted);
      expectLengths(
        outcomes.queueing,
        mine.map(({ queueing }) => queueing),
      );
      expectLengths(
        outcomes.running,
        mine.flatMap(({ running }) => (running === null ? [] : [running])),
      );
      const failed = mine.filter(({ shape }) => shape !== null);
      const shapes = new Map<string, string[]>();
      for (const { shape, id } of failed) shapes.set(shape ?? '', [...(shapes.get(shape ?? '') ?? []), id]);
      const sorted = [...shapes].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
      const shown = sorted.slice(0, start === null ? 20 : 5);
      expect(outcomes.failures).toEqual(
        shown.map(([shape, ids]) => ({ shape, runs: ids.length, latest: ids.sort().at(-1) })),
      );
      expect(outcomes.otherFailures).toBe(failed.length - shown.reduce((sum, [, ids]) => sum + ids.length, 0));
    }
  });

  it('end at the workflow that a token reaches', async () => {
    const only: ReachInTeam = { ...reach, kind: 'workflow', workflowId: w2 };
    for (const workflows of [undefined, [w2], [w1, w2]]) {
      const { all } = await readInsights(pool, only, { period: 'day', ...range, ...(workflows && { workflows }) });
      expect(all.queueing?.runs).toBe(
        rows.filter(({ team: of, workflow, created }) => of === team && workflow === w2 && created < range.to).length,
      );
    }
    const foreign = await readInsights(pool, only, { period: 'week', ...range, workflows: [w1] });
    expect(foreign.all.queueing).toBeNull();
    expect(foreign.all.failures).toEqual([]);
  });

  it('are within the bound for every length of a bucket', async () => {
    const lengths = [0, 1, 2, 3, 7, 49, 50, 51, 99, 101, 1000, 59_999, 3_600_001, 86_400_000, 31_622_400_000];
    const { rows: found } = await pool.query<{ length: string; bucket: number }>(
      'select l as length, length_bucket(l) as bucket from unnest($1::bigint[]) as l',
      [lengths],
    );
    for (const { length: text, bucket } of found)
      expect(Math.abs(lengthOf(bucket) - Number(text))).toBeLessThanOrEqual(0.01 * Number(text) + 0.5);
  });
});
