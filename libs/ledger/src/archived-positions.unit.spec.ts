import { parsePositions, positionsText } from './archived-positions';

describe('positions of an archive', () => {
  it('are written as PostgreSQL writes them, in whatever order they come', () => {
    expect(positionsText([])).toBe('{}');
    expect(positionsText([9, 1, 3, 2, 10, 12])).toBe('{[1,4),[9,11),[12,13)}');
  });

  it('are read back', () => {
    expect(parsePositions('{[1,4),[9,11)}')).toEqual([
      { first: 1, end: 4 },
      { first: 9, end: 11 },
    ]);
  });
});
