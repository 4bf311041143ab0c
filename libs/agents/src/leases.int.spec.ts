import { newId } from '#libs/kernel';
import { createTestDatabase, FakeClock, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { Leases } from './application/leases';
import { LeaseStore } from './application/lease-store';
import { QueueStore } from './application/queue-store';

describe('leases', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: LeaseStore;
  let queue: QueueStore;
  let leases: Leases;
  let clock: FakeClock;
  const agent = newId();

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 8 });
    store = new LeaseStore(pool);
    queue = new QueueStore(pool);
    clock = new FakeClock();
    leases = new Leases(store, queue, 60, clock);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const put = (ids: readonly string[], state: 'leased' | 'stopping' | null, lease = 60, started = false) =>
    pool.query(
      `select agent_queue_apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [ids, agent, 'task', agent, 'script', state, agent, 1, started, 0, 0, lease, 0].map((value) =>
        Array.isArray(value) ? value : ids.map(() => value),
      ),
    );
  const expired = async (): Promise<string[]> => (await queue.expired(500)).map(({ id }) => id).sort();

  it('are kept by heartbeats while appends change the same items, and nobody waits for another in a circle', async () => {
    const ids = Array.from({ length: 300 }, () => newId());
    await put(ids, 'leased', -1);
    const backwards = [...ids].reverse();
    const errors: unknown[] = [];
    const repeat = async (work: (round: number) => Promise<unknown>): Promise<void> => {
      for (let round = 0; round < 30; round++) await work(round).catch((error: unknown) => errors.push(error));
    };
    await Promise.all([
      // Appends come one at a time, under the head row's lock.
      repeat((round) => put(round % 2 ? ids : backwards, round % 3 ? 'leased' : 'stopping', -1, round % 5 > 1)),
      repeat(() => leases.extend(agent)),
      repeat(() => leases.extend(agent)),
      repeat(() => queue.expired(500)),
      repeat(() => queue.takeStopping([agent])),
      repeat(() => pool.query(`update agent_queue set delivered_at = null where id = $1`, [ids[7]])),
      repeat(() => queue.forgetStopped()),
    ]);
    expect(errors).toEqual([]);
  });

  it('of what is started last as long as the agent gives signs of life; of what is not, one lease', async () => {
    const [started, claimed] = [newId(), newId()];
    await put([started], 'leased', -1, true);
    await put([claimed], 'leased', -1);
    await store.extend(agent, 60);
    expect(await expired()).toEqual([claimed]);
    expect((await leases.extend(agent)).map(({ id }) => id).sort()).toEqual([started, claimed].sort());
    expect(await expired()).toEqual([claimed]);
    await pool.query(`update agent_lease set lease_until = now() - interval '1 second'`);
    expect(await expired()).toEqual([started, claimed].sort());
  });

  it('are a third longer after a poll, which may wait as long as a lease lasts', async () => {
    await leases.seen(agent);
    const { rows } = await pool.query<{ left: number }>(
      'select extract(epoch from lease_until - seen_at)::float8 as left from agent_lease',
    );
    expect(rows).toEqual([{ left: 80 }]);
  });

  it('are written once per tenth of a lease, however often an agent polls', async () => {
    const seen = async (): Promise<number> => {
      await leases.seen(agent);
      const { rows } = await pool.query<{ seen: number }>(
        `select extract(epoch from seen_at - 'epoch'::timestamptz)::float8 as seen from agent_lease`,
      );
      return rows[0]?.seen ?? 0;
    };
    const first = await seen();
    clock.advance(5999);
    expect(await seen()).toBe(first);
    clock.advance(1);
    expect(await seen()).toBeGreaterThan(first);
  });

  it('of an agent nobody has heard of since it was started here are over', async () => {
    const started = newId();
    await put([started], 'leased', -1, true);
    expect(await expired()).toEqual([]);
    await store.extend(agent, -1);
    expect(await expired()).toEqual([started]);
  });

  it('are not taken for one lease after a time in which no server looked, whichever server asks', async () => {
    const another = new LeaseStore(pool);
    await store.mayTake(30);
    await pool.query(`update lease_watch set grace_until = 'epoch'`);
    expect(await store.mayTake(30)).toBe(true);
    await pool.query(`update lease_watch set looked_at = looked_at - interval '10 seconds'`);
    expect([await another.mayTake(30), await store.mayTake(30), await another.mayTake(30)]).toEqual([
      false,
      false,
      false,
    ]);
    const { rows } = await pool.query<{ left: number }>(
      'select extract(epoch from grace_until - now())::float8 as left from lease_watch',
    );
    expect(rows[0]?.left).toBeGreaterThan(20);
    await pool.query('update lease_watch set grace_until = now()');
    expect(await store.mayTake(30)).toBe(true);
  });
});
