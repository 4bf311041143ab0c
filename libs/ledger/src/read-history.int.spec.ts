import { type Decider, type DomainEvent, newId } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { CommandProcessor, findMoment, loadFolded, readHistory, readStreamPage, type StreamCategory } from '.';

type Said = DomainEvent<'Said' | 'Shouted', { readonly text: string }>;

const decider: Decider<number, Said, Said> = {
  decide: (_state, event) => [event],
  evolve: (state) => (state ?? 0) + 1,
};
const category: StreamCategory<number, Said, Said> = {
  name: 'said',
  decider,
  load: loadFolded(decider, 'Said'),
  project: () => [],
};

describe('the history of a stream', () => {
  const id = newId();
  const other = newId();
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    const processor = new CommandProcessor(pool);
    const say = (streamId: string, type: Said['type'], text: string, actor: string) =>
      processor.execute(category, { streamId, command: { type, data: { text } }, metadata: { actor } });
    // Positions 1, 3, 5, … are those of the stream.
    for (let version = 1; version <= 12; version++) {
      const type = version % 4 === 0 ? 'Shouted' : 'Said';
      await say(id, type, version === 6 ? 'x'.repeat(2 * 1024 * 1024) : String(version), `user:${version % 3}`);
      await say(other, 'Said', 'beside it', 'user:other');
    }
    await processor.close();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const page = async (filter: Partial<Parameters<typeof readHistory>[2]>) => {
    const { events, next } = await readHistory(pool, id, { after: 0, limit: 100, ...filter });
    return { versions: events.map(({ streamVersion }) => streamVersion), next };
  };

  it('comes in pages by position, which large events make shorter', async () => {
    expect(await page({ limit: 3 })).toEqual({ versions: [1, 2, 3], next: 6 });
    expect(await page({ limit: 3, after: 6 })).toEqual({ versions: [4, 5], next: 10 });
    expect(await page({ limit: 3, after: 10 })).toEqual({ versions: [6], next: 12 });
    expect(await page({ after: 12 })).toEqual({ versions: [7, 8, 9, 10, 11, 12], next: null });
    // A position of another stream.
    expect(await page({ after: 20 })).toEqual({ versions: [11, 12], next: null });
    expect(await page({ after: 1000 })).toEqual({ versions: [], next: null });
    expect((await readStreamPage(pool, id, { afterVersion: 4, limit: 10 })).map((each) => each.streamVersion)).toEqual([
      5, 6,
    ]);
  });

  it('is filtered by type and actor', async () => {
    expect(await page({ types: ['Shouted'] })).toEqual({ versions: [4, 8, 12], next: null });
    expect(await page({ types: ['Shouted'], limit: 1 })).toEqual({ versions: [4], next: 14 });
    expect(await page({ actors: ['user:0'], after: 12 })).toEqual({ versions: [9, 12], next: null });
    expect(await page({ actors: ['user:0'], types: ['Shouted'] })).toEqual({ versions: [12], next: null });
    expect(await page({ actors: ['2', 'user'], after: 12 })).toEqual({ versions: [8, 11], next: null });
    expect(await page({ actors: ['user:other'] })).toEqual({ versions: [], next: null });
  });

  it('says which version was there at a moment', async () => {
    const [first] = await readStreamPage(pool, id, { afterVersion: 0, limit: 1 });
    const [fifth] = await readStreamPage(pool, id, { afterVersion: 4, limit: 1 });
    const recorded = Number((fifth?.recordedAt ?? 0n) / 1000n);
    const at = async (moment: Parameters<typeof findMoment>[2]) => (await findMoment(pool, id, moment)).version;
    expect(await findMoment(pool, id, { position: 8 })).toEqual({ version: 4, newest: 12, head: 24 });
    expect(await at({ position: 9 })).toBe(5);
    expect(await at({ version: 99 })).toBe(12);
    expect(await at({ time: recorded })).toBeGreaterThanOrEqual(5);
    expect(await at({ time: Number((first?.recordedAt ?? 0n) / 1000n) - 1 })).toBe(0);
    expect(await at({ time: Date.now() + 60_000 })).toBe(12);
    expect(await findMoment(pool, newId(), { position: 8 })).toEqual({ version: 0, newest: 0, head: 24 });
  });
});
