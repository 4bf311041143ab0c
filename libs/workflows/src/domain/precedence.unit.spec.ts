import { precedenceOf } from './precedence';

describe('the precedence of tasks', () => {
  it('holds over many tasks, directly and through others, and for no others', () => {
    const chain = Array.from({ length: 70 }, (_, place) => ({
      name: `t${place}`,
      dependencies: place === 0 ? [] : [`t${place - 1}`],
    }));
    const comesAfter = precedenceOf([...chain.reverse(), { name: 'beside', dependencies: ['t31'] }]);
    for (const [task, other, expected] of [
      ['t69', 't0', true],
      ['t69', 't31', true],
      ['t32', 't31', true],
      ['beside', 't31', true],
      ['beside', 't0', true],
      ['beside', 't32', false],
      ['t0', 't69', false],
      ['t5', 't5', false],
      ['t5', 'nobody', false],
      ['nobody', 't5', false],
    ] as const) {
      expect([task, other, comesAfter(task, other)]).toEqual([task, other, expected]);
    }
  });
});
