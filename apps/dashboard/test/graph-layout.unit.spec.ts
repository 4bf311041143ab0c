import { boxSize, frameHeight, layoutOf } from '../src/parts/graph-layout';

const line = (from: string, to: string, condition = '') => ({ from, to, condition });

describe('the layout of a graph', () => {
  it('takes lines with words and without, two between the same boxes too', () => {
    const { places } = layoutOf(['a', 'b'], [line('a', 'b'), line('a', 'b', 'success')], 1000);
    expect([...places.keys()]).toEqual(['a', 'b']);
    for (const { x, y } of places.values()) expect(Number.isFinite(x + y)).toBe(true);
  });

  it('goes from left to right where that can be read, else from top to bottom', () => {
    const names = Array.from({ length: 12 }, (_, place) => `t${place}`);
    const chain = names.slice(1).map((name, place) => line(names[place] ?? '', name));
    expect(layoutOf(names.slice(0, 3), chain.slice(0, 2), 900).direction).toBe('LR');
    expect(layoutOf(names, chain, 300).direction).toBe('TB');
  });

  it('has a frame with room for it, and no taller than a screen', () => {
    const tall = layoutOf(
      Array.from({ length: 60 }, (_, place) => `t${place}`),
      [],
      10 * boxSize.width,
    );
    expect(frameHeight(tall, 10 * boxSize.width)).toBeLessThanOrEqual(640);
    expect(frameHeight({ ...tall, height: 10 }, 1000)).toBe(200);
  });
});
