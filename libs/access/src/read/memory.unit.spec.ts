import { FakeClock } from '#libs/testing';
import { Memory } from './memory';

describe('what is remembered for a moment', () => {
  let clock: FakeClock;
  let memory: Memory<string>;
  let reads: ((value: string) => void)[];
  const read = () => new Promise<string>((resolve) => reads.push(resolve));
  beforeEach(() => {
    clock = new FakeClock();
    memory = new Memory(clock);
    reads = [];
  });

  it('is read once, however many ask at the same time, and again after a second', async () => {
    const asked = [memory.get('a', read), memory.get('a', read), memory.get('b', read)];
    reads[0]?.('one');
    reads[1]?.('other');
    expect(await Promise.all(asked)).toEqual(['one', 'one', 'other']);
    expect(await memory.get('a', read)).toBe('one');
    expect(reads).toHaveLength(2);
    clock.advance(1001);
    const again = memory.get('a', read);
    reads[2]?.('two');
    expect(await again).toBe('two');
  });

  it('does not outlive a change: a read that began before it is neither kept nor shared', async () => {
    const before = memory.get('a', read);
    memory.clear();
    const after = memory.get('a', read);
    reads[0]?.('old');
    reads[1]?.('new');
    expect(await Promise.all([before, after])).toEqual(['old', 'new']);
    expect(await memory.get('a', read)).toBe('new');
    expect(reads).toHaveLength(2);
  });

  it('fails for all who wait, and is read again by the next', async () => {
    const failing = () => Promise.reject(new Error('away'));
    const outcomes = await Promise.allSettled([memory.get('a', failing), memory.get('a', failing)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = memory.get('a', read);
    reads[0]?.('back');
    expect(await next).toBe('back');
  });
});
