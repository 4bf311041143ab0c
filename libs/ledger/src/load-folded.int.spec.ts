import { type Decider, type DomainEvent, newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { CommandProcessor, loadFolded, readAll, type StreamCategory, Upcasters, verifyChain } from '.';

interface Sum {
  readonly sum: number;
}
interface Add {
  readonly by: number;
}
type Added = DomainEvent<'Added' | 'Counted', { readonly by: number }>;

const deciderOf = (type: Added['type']): Decider<Sum, Add, Added> => ({
  decide: (_state, { by }) => [{ type, data: { by } }],
  evolve: (state, { data }) => ({ sum: (state?.sum ?? 0) + data.by }),
});

const loadAdded = loadFolded(deciderOf('Added'), 'Added');

const categoryOf = (type: Added['type']): StreamCategory<Sum, Add, Added> => ({
  name: type,
  decider: deciderOf(type),
  load: loadFolded(deciderOf(type), type),
  project: () => [],
  snapshotEvery: () => 10,
});

describe('a state that is folded', () => {
  const added = categoryOf('Added');
  const counted = categoryOf('Counted');
  let database: TestDatabase;
  let pool: Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const add = async (processor: CommandProcessor, streamId: string, times: number): Promise<void> => {
    for (let by = 1; by <= times; by++) {
      await processor.execute(added, { streamId, command: { by }, metadata: { actor: 'spec' } });
    }
  };
  const snapshots = async (): Promise<unknown[]> =>
    (await pool.query('select version, state from snapshot')).rows as unknown[];

  it('comes from the events, from a snapshot and the events since, or from what is known and the events since', async () => {
    const id = newId();
    const processor = new CommandProcessor(pool);
    await add(processor, id, 25);
    await processor.close();
    expect(await snapshots()).toEqual([{ version: 20, state: '{"sum":210}' }]);
    const whole = { state: { sum: 325 }, version: 25 };
    expect(await added.load(pool, [id])).toEqual(new Map([[id, whole]]));
    const known = new Map([[id, { state: { sum: 1000 }, version: 24 }]]);
    expect((await added.load(pool, [id], known)).get(id)).toEqual({ state: { sum: 1025 }, version: 25 });
    // The known state is current: no events came since.
    expect((await added.load(pool, [id], new Map([[id, whole]]))).get(id)).toEqual(whole);
    await pool.query('delete from snapshot');
    expect((await added.load(pool, [id])).get(id)).toEqual(whole);
  });

  it('comes as it was at a version, before and after the snapshot', async () => {
    const id = newId();
    const processor = new CommandProcessor(pool);
    await add(processor, id, 25);
    await processor.close();
    expect(await snapshots()).toEqual([{ version: 20, state: '{"sum":210}' }]);
    for (const [version, sum] of [
      [1, 1],
      [19, 190],
      [20, 210],
      [22, 253],
      [25, 325],
      [99, 325],
    ] as const) {
      const found = (await loadAdded(pool, [id], undefined, version)).get(id);
      expect(found).toEqual({ state: { sum }, version: Math.min(version, 25) });
    }
    expect((await loadAdded(pool, [newId()], undefined, 3)).size).toBe(0);
  });

  it('goes on in another process from the events of the first', async () => {
    const id = newId();
    const [one, other] = [new CommandProcessor(pool), new CommandProcessor(pool)];
    await add(one, id, 3);
    await add(other, id, 3);
    expect((await one.load(added, id))?.state).toEqual({ sum: 12 });
    await add(one, id, 3);
    expect((await other.load(added, id))?.state).toEqual({ sum: 18 });
    await Promise.all([one.close(), other.close()]);
  });

  it('is of its own category only, also where the id is remembered', async () => {
    const id = newId();
    const processor = new CommandProcessor(pool);
    await add(processor, id, 2);
    expect(await processor.load(counted, id)).toBeNull();
    expect((await processor.load(added, id))?.state).toEqual({ sum: 3 });
    expect((await counted.load(pool, [id, newId()])).size).toBe(0);
    await processor.close();
  });

  it('is folded from the shapes of today: an event of an older shape is upcast when it is read, and stays as it was stored', async () => {
    const id = newId();
    const old = new CommandProcessor(pool);
    await add(old, id, 3);
    await old.close();
    // Since then an event says in what it counts.
    type Measured = DomainEvent<'Added', { readonly amount: number; readonly unit: string }>;
    const upcasters = new Upcasters()
      .register('Added', 1, (data) => ({ amount: (data as Added['data']).by }))
      .register('Added', 2, (data) => ({ ...(data as object), unit: 'pieces' }));
    const decider: Decider<Sum, Add, Measured> = {
      decide: (_state, { by }) => [{ type: 'Added', data: { amount: by, unit: 'pieces' } }],
      evolve: (state, { data: { amount, unit } }) => ({ sum: (state?.sum ?? 0) + (unit === 'pieces' ? amount : NaN) }),
    };
    const measured: StreamCategory<Sum, Add, Measured> = {
      name: 'measured',
      decider,
      upcasters,
      load: loadFolded(decider, 'Added', { upcasters }),
      project: () => [],
    };
    const processor = new CommandProcessor(pool);
    await processor.execute(measured, { streamId: id, command: { by: 4 }, metadata: { actor: 'spec' } });
    await processor.close();
    expect((await measured.load(pool, [id])).get(id)).toEqual({ state: { sum: 10 }, version: 4 });
    const shapes = async (read?: Upcasters) =>
      (await readAll(pool, 0, 10, read)).map(({ schemaVersion, data }) => ({ schemaVersion, data }));
    const today = [1, 2, 3, 4].map((amount) => ({ schemaVersion: 3, data: { amount, unit: 'pieces' } }));
    expect(await shapes(upcasters)).toEqual(today);
    expect(await shapes()).toEqual([...[1, 2, 3].map((by) => ({ schemaVersion: 1, data: { by } })), today[3]]);
    expect(await verifyChain(pool)).toMatchObject({ intact: true, position: 4 });
  });
});
