import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { type DueTimer, noItem, Timers } from './timers';

describe('timers', () => {
  let database: TestDatabase;
  let pool: Pool;
  const running: Timers[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 8 });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((timers) => timers.stop()));
    await pool.query('delete from timer');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const set = (rows: readonly { stream_id: string; kind?: string; due: number | null }[]) =>
    pool.query('select timer_apply($1, $2, $3, $4)', [
      rows.map((row) => row.stream_id),
      rows.map((row) => row.kind ?? 'test'),
      rows.map(() => noItem),
      rows.map((row) => row.due),
    ]);
  const start = (
    handler: (timer: DueTimer) => Promise<unknown>,
    onError: (error: unknown) => void = () => undefined,
  ) => {
    const timers = new Timers(pool, onError, 50);
    timers.on('test', handler);
    timers.start();
    running.push(timers);
    return timers;
  };
  const left = async (): Promise<number> => Number((await pool.query('select count(*) as n from timer')).rows[0].n);
  const until = async (fits: () => Promise<boolean> | boolean): Promise<void> => {
    for (let waited = 0; !(await fits()); waited++) {
      if (waited > 500) throw new Error('It did not come about');
      await sleep(10);
    }
  };

  it('fire once, though several processes sweep, those that came due before the start included', async () => {
    const ids = Array.from({ length: 1500 }, () => newId());
    await set(ids.map((stream_id, index) => ({ stream_id, due: Date.now() - 1000 + index })));
    const fired: string[] = [];
    for (let process = 0; process < 3; process++) {
      start(async ({ streamId }) => {
        await sleep(1);
        fired.push(streamId);
      });
    }
    await until(async () => (await left()) === 0);
    expect(fired).toHaveLength(1500);
    expect(new Set(fired)).toEqual(new Set(ids));
  });

  it('do not fire before their time, and not at all once they are taken away', async () => {
    const [soon, never] = [newId(), newId()];
    const due = Date.now() + 300;
    const fired: { streamId: string; at: number; dueAt: number }[] = [];
    start(({ streamId, dueAt }) => Promise.resolve(fired.push({ streamId, at: Date.now(), dueAt })));
    await set([
      { stream_id: soon, due },
      { stream_id: never, due },
    ]);
    await set([{ stream_id: never, due: null }]);
    await until(() => fired.length > 0);
    await sleep(100);
    expect(fired).toMatchObject([{ streamId: soon, dueAt: due }]);
    // The database's clock and ours may differ by a little.
    expect(fired[0]?.at).toBeGreaterThanOrEqual(due - 5);
  });

  it('are tried again when their work fails, without holding up the others', async () => {
    const [bad, good] = [newId(), newId()];
    let attempts = 0;
    const errors: unknown[] = [];
    const fired = new Set<string>();
    start(
      ({ streamId }) => {
        if (streamId === bad && ++attempts < 2) throw new Error('no luck');
        fired.add(streamId);
        return Promise.resolve();
      },
      (error) => errors.push(error),
    );
    await set([
      { stream_id: bad, due: Date.now() },
      { stream_id: good, due: Date.now() + 1 },
    ]);
    await until(() => fired.has(good));
    await until(async () => (await left()) === 0);
    expect([attempts, fired.has(bad)]).toEqual([2, true]);
    expect(errors).toHaveLength(1);
  });

  it('that are set anew while they fire are kept', async () => {
    const id = newId();
    const later = Date.now() + 3_600_000;
    let fired = 0;
    start(async () => {
      fired++;
      await set([{ stream_id: id, due: later }]);
    });
    await set([{ stream_id: id, due: Date.now() }]);
    await until(() => fired > 0);
    await sleep(100);
    expect(fired).toBe(1);
    expect((await pool.query('select due_at from timer')).rows).toEqual([{ due_at: new Date(later) }]);
  });

  it('of a kind that nobody here knows are left to others', async () => {
    start(() => Promise.resolve());
    await set([{ stream_id: newId(), kind: 'unknown', due: Date.now() - 1 }]);
    await sleep(150);
    expect(await left()).toBe(1);
  });

  it('are settled in the order of their key, so that an append which locks the same ones cannot block them for good', async () => {
    const [first, last] = [newId(), newId()].sort() as [string, string];
    const append = await pool.connect();
    const lock = (id: string) => append.query('select 1 from timer where stream_id = $1 for update', [id]);
    await set([
      { stream_id: last, due: Date.now() - 1000 },
      { stream_id: first, due: Date.now() - 500 },
    ]);
    await append.query('begin');
    await lock(first);
    const fired = new Set<string>();
    const errors: unknown[] = [];
    start(
      ({ streamId }) => Promise.resolve(fired.add(streamId)),
      (error) => errors.push(error),
    );
    await until(() => fired.size === 2);
    // The sweep waits for the first by now, and has not taken the last.
    await until(async () => {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.n === 1;
    });
    await lock(last);
    await append.query('commit');
    append.release();
    await until(async () => (await left()) === 0);
    expect(errors).toEqual([]);
  });
});
