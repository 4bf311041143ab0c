import { Pattern } from './pattern';
import { PatternSet } from './pattern-set';
import { Work } from './work';

describe("a user's regular expression", () => {
  it('must match the whole value', () => {
    expect(Pattern.of('release/[0-9.]+').matches('release/1.2')).toBe(true);
    expect(Pattern.of('release/[0-9.]+').matches('a release/1.2')).toBe(false);
  });

  it('costs next to nothing where it is a plain text', () => {
    expect(Pattern.of('release/one-two').size).toBe(1);
    expect(Pattern.of('release/one-two').matches('release/one-two')).toBe(true);
    expect(Pattern.of('release/one-two').matches('release/one-tw')).toBe(false);
  });

  it.each([
    ['a'.repeat(1025), 'at most 1024 characters'],
    ['(.?){1000}', 'its program has 4002 instructions, at most 1000 are allowed'],
    ['(((x?){31}){31})', 'at most 1000 are allowed'],
    ['(', 'is not a valid RE2 expression'],
  ])('is refused by name: %p', (text, problem) => {
    expect(() => Pattern.of(text)).toThrow(problem);
    expect(() => Pattern.of(text)).toThrow(problem);
  });

  it('is bounded together with the others of its definition', () => {
    const set = new PatternSet();
    set.add('(?:a?){300}');
    set.add('(?:b?){300}');
    set.add('(?:c?){300}');
    expect(() => set.add('(?:d?){300}')).toThrow('at most 2000 instructions');
    const long = new PatternSet();
    for (let index = 0; index < 4; index++) long.add(`[${String(index)}${'x'.repeat(1000)}]`);
    expect(() => long.add(`[${'y'.repeat(1000)}]`)).toThrow('at most 4096 characters');
  });

  it('does not look at more than the bound lets it', () => {
    const work = new Work();
    work.match(1000, 249);
    expect(() => new Work().match(1000, 250)).toThrow('more than 250000 instructions times characters');
  });
});
