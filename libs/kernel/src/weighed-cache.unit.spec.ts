import { jsonBytes } from './json-bytes';
import { WeighedCache } from './weighed-cache';

describe('a weighed cache', () => {
  const value = 'x'.repeat(92);

  it('forgets what was not asked for the longest, when it is full by bytes', () => {
    const cache = new WeighedCache<string>(3 * jsonBytes(value));
    for (const key of ['a', 'b', 'c']) cache.set(key, value);
    expect(cache.get('a')).toBe(value);
    cache.set('d', value);
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
    for (let time = 0; time < 9; time++) cache.set('d', value);
    expect(cache.get('a')).toBe(value);
  });

  it('counts once what values share, for as long as one of them is there', () => {
    const cache = new WeighedCache<string>(100);
    const weight = (by: object) => ({ own: 10, shared: { by, bytes: 50 } });
    const [one, other] = [{}, {}];
    const known = () => ['a', 'b', 'c', 'd', 'e', 'f'].filter((key) => cache.get(key) !== undefined).join('');
    for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, value, weight(one));
    expect(known()).toBe('abcde');
    cache.set('f', value, weight(other));
    expect(known()).toBe('f');
    cache.delete('f');
    cache.set('a', value, weight(one));
    cache.set('a', value, 100);
    expect(known()).toBe('a');
  });

  it('keeps nothing that is larger than all of it', () => {
    const cache = new WeighedCache<string>(jsonBytes(value));
    cache.set('a', value);
    cache.set('b', `${value}x`);
    expect(cache.get('a')).toBe(value);
    expect(cache.get('b')).toBeUndefined();
  });
});
