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

  it('merges what << names; what stands beside it wins', async () => {
    const text = 'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: *a, y: 3}\nd:\n  z: 4\n  <<: [*a, *b]\n';
    expect(await reader.read(text)).toMatchObject({ c: { x: 1, y: 3 }, d: { x: 1, y: 1, z: 4 } });
  });

  it('keeps as text what only YAML 1.1 takes for something else, and numbers that are spelled in another way', async () => {
    const spelled = [
      'no',
      'on',
      '12:30',
      '1_000',
      '2024-01-01',
      '01234',
      '1.10',
      '0x1F',
      '1e3',
      '.inf',
      '+1',
      '-0',
      '1.0',
    ];
    const large = '12345678901234567890';
    expect(await reader.read([...spelled, large].map((each) => `- ${each}\n`).join(''))).toEqual([...spelled, large]);
    expect(await reader.read('[1, -1.5, 0, true, null, ~, 1.0e+21, !!float 1.10]')).toEqual([
      1,
      -1.5,
      0,
      true,
      null,
      null,
      1e21,
      1.1,
    ]);
  });

  it.each([
    ['a: 1\n---\nb: 2\n', 'it holds 2 documents, but only one is allowed: send document 2, which begins in line 3'],
    ['a: 1\n---\nb: [2\n', 'in document 2 of 2'],
    ['a: [1\n---\nb: 2\n', 'in document 1 of 2'],
  ])('says which of several documents is wrong: %j', async (text, problem) => {
    await expect(reader.read(text)).rejects.toThrow(problem);
  });

  it('takes separators before and after the one document', async () => {
    expect(await reader.read('---\n---\na: 1\n---\n')).toEqual({ a: 1 });
  });

  it('takes twenty thousand keys, and finds the one that is given twice', async () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: ${index}`);
    expect(Object.keys((await reader.read(keys.join('\n'))) as object)).toHaveLength(20_000);
    await expect(reader.read(`${keys.join('\n')}\nk7: 1`)).rejects.toThrow('key "k7" is given twice (line 20001)');
  });

  it.each([
    ['aliases', `- &a x\n${'- *a\n'.repeat(101)}`, 'more than 100 aliases'],
    ['levels', '['.repeat(100_000), 'nested more than 64 levels deep'],
    ['expansion', `- &a ${'x'.repeat(20_000)}\n${'- *a\n'.repeat(90)}`, 'more than 1048576 bytes of JSON'],
    [
      'bombs',
      '- &a [x,x,x,x,x,x,x,x,x]\n- &b [*a,*a,*a,*a,*a,*a]\n- &c [*b,*b,*b,*b,*b,*b]\n- [*c,*c,*c,*c,*c]\n',
      'alias',
    ],
    ['collections as keys', '? [a]\n: 1\n', 'keys must be plain texts'],
    ['unknown tags', 'a: !Ref x', 'Unresolved tag: !Ref (line 1)'],
    ['bytes', 'a: !!binary aGk=', 'have no form in JSON (line 1)'],
    ['sets', 'a: !!set {x, y}', 'have no form in JSON (line 1)'],
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
