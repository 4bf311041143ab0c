import { jsonDifference } from './json-difference';

describe('the difference of two JSON values', () => {
  it.each([
    ['nothing', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['a value', { a: 1 }, { a: '1' }, [{ path: '/a', before: 1, after: '1' }]],
    ['a kind of value', { a: [] }, { a: {} }, [{ path: '/a', before: [], after: {} }]],
    ['a field that came', {}, { a: { b: 1 } }, [{ path: '/a', after: { b: 1 } }]],
    ['a field that went', { a: null }, {}, [{ path: '/a', before: null }]],
    ['a list of plain values', [1, 2], [1, 3, 4], [{ path: '', before: [1, 2], after: [1, 3, 4] }]],
    [
      'an item by its index',
      [{ a: 1 }, []],
      [{ a: 2 }],
      [
        { path: '/0/a', before: 1, after: 2 },
        { path: '/1', before: [] },
      ],
    ],
    ['names with slashes and tildes', { 'a/b~': 1 }, { 'a/b~': 2 }, [{ path: '/a~1b~0', before: 1, after: 2 }]],
    ['a name of an object’s prototype', {}, { constructor: 1 }, [{ path: '/constructor', after: 1 }]],
  ] as const)('shows %s', (_what, before, after, changes) => {
    expect(jsonDifference(before, after)).toEqual(changes);
  });

  it('compares named items by their names, wherever they stand', () => {
    const build = { name: '1', type: 'script' };
    const test = { name: 'test', type: 'script' };
    const lint = { name: 'lint' };
    expect(jsonDifference({ tasks: [test, build] }, { tasks: [lint, test, { ...build, type: 'sleep' }] })).toEqual([
      { path: '/tasks/1/type', before: 'script', after: 'sleep' },
      { path: '/tasks/lint', after: lint },
    ]);
  });

  it('says that named items have moved, and nothing else of them', () => {
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    expect(jsonDifference([a, b], [b, a])).toEqual([{ path: '', before: ['a', 'b'], after: ['b', 'a'] }]);
  });
});
