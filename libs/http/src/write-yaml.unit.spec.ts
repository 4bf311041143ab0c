import { parse } from 'yaml';
import { writeYaml } from './write-yaml';
import { YamlReader } from './yaml-reader';

// prettier-ignore
const texts = [
  'no', 'No', 'NO', 'yes', 'y', 'Y', 'n', 'N', 'on', 'Off', 'true', 'True', 'null', 'Null', '~', '', '=', '<<', 'nan', 'inf',
  '12:30', '12:30:45', '190:20:30.15', '1_000', '685_230.15', '01234', '0777', '08', '1.10', '0x1F', '0b11', '0o17', '1e3', '1.5e+3',
  '.inf', '-.inf', '.NaN', '+1', '-1', '.5', '5.', '2024-01-01', '2024-01-01T10:00:00Z', '2001-12-14 21:59:43.10 -5',
  '-', '- a', 'a: b', 'a #b', '#a', '@a', '`a', '%a', '&a', '*a', '!a', '|', '>', '{a', '[a', '? a', ':', 'a:', "'a", '"a"',
  'a\nb', 'a\n', '\na', '  a', 'a  ', 'a\tb', '\ta', 'a\n  b\n', 'a\r\nb', '   ', '\n', 'a\n\n', '---', '--- a', '---\na', 'a\n...\nb',
  'a\u0085b', 'a\u2028b\nc', '\ufeffa', 'a\u00a0b', '\u007f', '\u0001', 'é', '日本', '😀', 'a\\b', 'a\\u0041', 'all:\n\tmake\n',
  '#!/bin/sh\necho "$(params.x)"\n', `${'x'.repeat(200)} ${'y'.repeat(200)}`,
];
const value = {
  texts,
  keys: Object.fromEntries(texts.map((text, index) => [text, index])),
  others: [1, -1, 1.5, 0, 1e21, 1e-7, 1.5e300, 123456789012345, true, false, null, {}, []],
};

describe('YAML that is written', () => {
  const written = writeYaml(value);

  it.each(['1.1', '1.2'] as const)('is read to the same values by readers of YAML %s', (version) => {
    expect(parse(written, { version, uniqueKeys: false })).toEqual(value);
  });

  it('is read to the same values by this server', async () => {
    expect(await new YamlReader(120_000).read(written)).toEqual(value);
  });

  it('quotes what readers of 1.1 alone take for something else, and their tabs, times and line breaks', () => {
    for (const text of ['no', 'y', '=', '12:30', '1_000', '2024-01-01', '08', '\ta']) {
      expect(writeYaml([text])).toBe(`- ${JSON.stringify(text)}\n`);
    }
    expect(writeYaml(['a\u2028b'])).toBe('- "a\\u2028b"\n');
    expect(writeYaml([1e21])).toBe('- 1.0e+21\n');
    expect(writeYaml({ plain: 'a text', script: 'a\nb\n' })).toBe('plain: a text\nscript: |\n  a\n  b\n');
  });
});
