import { StateCache } from './state-cache';
import type { Weight } from './stream-category';
import type { Category } from './waiting-command';

const category = (weigh: (state: unknown) => number | Weight) => ({ name: 'spec', weigh }) as unknown as Category;
/** Each state weighs ten bytes of its own, and a hundred that it shares with those of the same part. */
const sharing = category((state) => ({ own: 9, shared: { by: (state as { part: object }).part, bytes: 99 } }));

describe('the cache of states', () => {
  const put = (cache: StateCache, id: string, part: object) =>
    cache.set(id, { state: { part }, version: 1, category: sharing });
  const kept = (cache: StateCache, ids: readonly string[]) => ids.filter((id) => cache.get(id) !== undefined);

  it('counts a part that states share once', () => {
    const cache = new StateCache(200);
    const part = {};
    const ids = Array.from({ length: 10 }, (_, n) => `s${n}`);
    for (const id of ids) put(cache, id, part);
    expect(kept(cache, ids)).toEqual(ids);
    put(cache, 's10', part);
    expect(kept(cache, [...ids, 's10'])).toEqual([...ids.slice(1), 's10']);
  });

  it('lets a part go with the last that shares it, not before', () => {
    const cache = new StateCache(250);
    const [one, other, third] = [{}, {}, {}];
    put(cache, 'a', one);
    put(cache, 'b', other);
    cache.get('a');
    // No room for three parts: what was used longest ago goes, with its part.
    put(cache, 'c', third);
    expect(kept(cache, ['a', 'b', 'c'])).toEqual(['a', 'c']);
    cache.delete('a');
    put(cache, 'd', other);
    expect(kept(cache, ['c', 'd'])).toEqual(['c', 'd']);
  });

  it('keeps nothing of a state that is larger than all its room', () => {
    const cache = new StateCache(200);
    cache.set('large', { state: {}, version: 1, category: category(() => 500) });
    cache.set('wide', {
      state: {},
      version: 1,
      category: category(() => ({ own: 500, shared: { by: {}, bytes: 1 } })),
    });
    expect(kept(cache, ['large', 'wide'])).toEqual([]);
    put(cache, 'a', {});
    expect(kept(cache, ['a'])).toEqual(['a']);
  });

  it('gives a state that has changed its part the new one', () => {
    const cache = new StateCache(230);
    put(cache, 'a', {});
    put(cache, 'a', {});
    const part = {};
    put(cache, 'b', part);
    put(cache, 'c', part);
    expect(kept(cache, ['b', 'c'])).toEqual(['b', 'c']);
  });
});
