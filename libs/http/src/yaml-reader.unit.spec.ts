import { YamlReader } from './yaml-reader';

describe('reading YAML', () => {
  const reader = new YamlReader();

  it('gives the values that JSON would give', async () => {
    expect(await reader.read('a: 1\nb: [x, "y"]\nc: &d {e: null}\nf: *d\n')).toEqual({
      a: 1,
      b: ['x', 'y'],
      c: { e: null },
      f: { e: null },
    });
  });

  it('takes twenty thousand keys, and finds the one that is given twice', async () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: ${index}`);
    expect(Object.keys((await reader.read(keys.join('\n'))) as object)).toHaveLength(20_000);
    await expect(reader.read(`${keys.join('\n')}\nk7: 1`)).rejects.toThrow('key "k7" is given twice (line 20001)');
  });

  it.each([
    ['aliases', `- &a x\n${'- *a\n'.repeat(101)}`, 'more than 100 aliases'],
    ['expansion', `- &a ${'x'.repeat(20_000)}\n${'- *a\n'.repeat(90)}`, 'more than 1048576 bytes of JSON'],
    [
      'bombs',
      '- &a [x,x,x,x,x,x,x,x,x]\n- &b [*a,*a,*a,*a,*a,*a]\n- &c [*b,*b,*b,*b,*b,*b]\n- [*c,*c,*c,*c,*c]\n',
      'alias',
    ],
    ['collections as keys', '? [a]\n: 1\n', 'keys must be plain texts'],
    ['broken text', 'a: [1\nb: 2', '(line 2)'],
  ])('refuses %s by name', async (_name, text, problem) => {
    await expect(reader.read(text)).rejects.toThrow(problem);
  });

  it('ends a reading that takes too long, and reads the next one', async () => {
    const impatient = new YamlReader(1);
    await expect(impatient.read(`[${'1,'.repeat(100_000)}]`)).rejects.toThrow('takes more than 1 ms');
    expect(await reader.read('a: 1')).toEqual({ a: 1 });
  });
});
