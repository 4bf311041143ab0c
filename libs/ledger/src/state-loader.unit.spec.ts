import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { StateLoader } from './state-loader';
import type { VersionedState } from './stream-category';
import type { Category } from './waiting-command';

describe('states that many ask for at once', () => {
  const statements: string[][] = [];
  let most = 3;
  /** Loads at most `most` of them; the others are null. Streams that begin with `no` do not exist. */
  const category = {
    name: 'things',
    load: async (_pool: Pool, ids: readonly string[]) => {
      statements.push([...ids]);
      await sleep(5);
      const entries = ids.flatMap((id, index): [string, VersionedState<string> | null][] =>
        id.startsWith('no') ? [] : [[id, index < most ? { state: id, version: 1 } : null]],
      );
      return new Map(entries);
    },
  } as unknown as Category;
  beforeEach(() => statements.splice(0));

  it('are loaded once each, with one statement at a time', async () => {
    most = 3;
    const loader = new StateLoader({} as Pool);
    const asked = Array.from({ length: 300 }, (_, index) => `s${index % 3}`);
    const states = await Promise.all(asked.map((id) => loader.load(category, id)));
    expect(states.map((each) => each?.state)).toEqual(asked);
    expect(statements).toEqual([['s0'], ['s1', 's2', 's0']]);
    expect(await loader.load(category, 'nowhere')).toBeNull();
  });

  it('come all, where one statement does not load them all, and are as of the moment they were asked for', async () => {
    most = 1;
    const loader = new StateLoader({} as Pool);
    const states = await Promise.all(['a', 'b', 'c', 'b', 'd'].map((id) => loader.load(category, id)));
    expect(states.map((each) => each?.state)).toEqual(['a', 'b', 'c', 'b', 'd']);
    const before = statements.length;
    await loader.load(category, 'a');
    expect(statements).toHaveLength(before + 1);
  });

  it('are refused to all who asked where they cannot be loaded', async () => {
    const broken = { load: () => Promise.reject(new Error('away')) } as unknown as Category;
    const loader = new StateLoader({} as Pool);
    const asked = await Promise.allSettled(['a', 'b', 'a'].map((id) => loader.load(broken, id)));
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await loader.load(category, 'a'))?.state).toBe('a');
  });
});
