import { ExpressionError } from './expression-error';
import { Path } from './path';
import { Work } from './work';

const subject = {
  action: 'opened',
  'a b': { "it's": 1 },
  labels: [{ name: 'go' }, { name: 'ship', tags: ['x', 'y'] }],
  nested: { 'head-commit': { id: 7 } },
};

const find = (path: string, value: unknown = subject) => Path.parse(path).find(value, new Work());

describe('a path into JSON', () => {
  it.each([
    ['$', [subject]],
    ['$.action', ['opened']],
    ['action', ['opened']],
    ["$['a b']['it\\'s']", [1]],
    ['$["action"]', ['opened']],
    ['$.labels[0].name', ['go']],
    ['labels[-1].tags[1]', ['y']],
    ['$.labels[*].name', ['go', 'ship']],
    ['$.labels[*].tags[*]', ['x', 'y']],
    ['$.nested[*].id', [7]],
    ['nested.head-commit.id', [7]],
    ['$.labels.length', []],
    ['$.constructor', []],
    ['$.missing.more', []],
    ['$.labels[9]', []],
  ])('%s', (path, expected) => {
    expect(find(path)).toEqual(expected);
  });

  it.each(['', '$..a', '$[?(@.a)]', '$[0,0]', '$[0:9]', 'a b', '$.a.', '$[a]', '$x', '[0]', "$['a", '$[1e3]'])(
    'refuses %p at save',
    (path) => {
      expect(() => Path.parse(path)).toThrow(ExpressionError);
    },
  );

  it('has a bound on its steps', () => {
    expect(() => Path.parse(`$${'[0]'.repeat(65)}`)).toThrow('at most 64 steps');
    expect(Path.parse(`$${'[0]'.repeat(64)}`).find([], new Work())).toEqual([]);
  });

  it('has a bound on what it visits', () => {
    const wide = Array.from({ length: 200 }, () => Array<number>(200).fill(1));
    expect(() => find('$[*][*]', wide)).toThrow('looks at more than 10000 values');
    expect(find('$[*][*]', wide.slice(0, 40))).toHaveLength(8000);
  });
});
