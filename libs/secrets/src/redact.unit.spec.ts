import { formsOf } from './secret-forms';
import { maskKnown, overwriteKnown, sealKnown } from './redact';
import { SecretFinder } from './secret-finder';

const seal = (text: string) => `<${text}>`;

describe('secrets in what an agent reports', () => {
  it.each([
    ['as it is', 'a s3cret here', 'a <s3cret> here'],
    ['at both ends', 's3cret and s3cret', '<s3cret> and <s3cret>'],
    ['twice in a row', 's3crets3cret', '<s3crets3cret>'],
    ['in base64', `x ${Buffer.from('s3cret').toString('base64')} y`, 'x <czNjcmV0> y'],
    ['not at all', 's3cre t', 's3cre t'],
    ['among other letters than ASCII', 'é s3cret 😀', 'é <s3cret> 😀'],
  ])('are sealed: %s', (_name, text, expected) => {
    expect(sealKnown({ a: [text] }, ['s3cret'], seal)).toEqual({ a: [expected] });
  });

  it('are sealed where they are numbers', () => {
    const reported = { a: 987654321, b: [1, -98765432.1] };
    expect(sealKnown(reported, ['987654321'], seal)).toEqual({ a: '<987654321>', b: [1, -98765432.1] });
  });

  const secret = 'hunter2 & "co"+/ü😀';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const wrapped = (text: string, width: number, end = '\n') =>
    Array.from({ length: Math.ceil(text.length / width) }, (_, line) =>
      text.slice(line * width, (line + 1) * width),
    ).join(end);
  const everyByte = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&');
  const ascii = (text: string) =>
    JSON.stringify(text).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  it.each([
    ['JSON', JSON.stringify({ a: secret })],
    ['JSON within JSON', JSON.stringify(JSON.stringify({ a: secret }))],
    ['JSON in ASCII', ascii(secret)],
    ['a URL', encodeURIComponent(secret)],
    ['a URL, small hex digits', encodeURIComponent(secret).toLowerCase()],
    ['a URL, every byte', everyByte(secret)],
    ['a form', String(new URLSearchParams({ secret }))],
    ['base64 for URLs', Buffer.from(secret).toString('base64url')],
    ...[1, 2, 5, 10, 19, 64, 76].map((width) => [`base64, ${width} wide`, wrapped(base64(secret), width)]),
    ['base64 with CRLF', wrapped(base64(secret), 10, '\r\n')],
    ['base64, wrapped and indented', wrapped(base64(secret), 16, '\n    ')],
    ['base64 in columns', wrapped(base64(secret), 8, '\t')],
    ['wrapped base64 within JSON', JSON.stringify(wrapped(base64(secret), 10))],
    ...['', 'u', 'us', 'user:', 'admin1:'].map((user) => [`base64 of ${user} and it`, base64(`${user}${secret}`)]),
    ...['u', 'us', 'use:'].map((user) => [`wrapped base64 of ${user} and it`, wrapped(base64(`${user}${secret}!`), 7)]),
  ])('are found as %s', (_form, text) => {
    const found = Buffer.from(`before ${text} after`);
    expect(overwriteKnown(found, new SecretFinder([secret]))).toBeGreaterThan(0);
    // What remains after removing the masks contains at most the text around the secret.
    const left = found.toString().replace(/[\r\n]|\\n/g, '');
    for (const start of [0, 1, 2, 3]) {
      const read = Buffer.from(left.replace(/[ *]/g, '').slice(start), 'base64').toString('latin1') + left;
      expect(read).not.toMatch(/hunter|unter2|co"|ter2/);
    }
    expect(found.toString().split('\n').length).toBe(text.split('\n').length);
  });

  it('are masked in a text before that is cut', () => {
    expect(maskKnown(`x ${secret} y`, [secret])).toBe('x ****** y');
  });

  it('are found line by line, the last one too', () => {
    const key = '-----BEGIN KEY-----\nabcdefgh01234567\nQ9x=\n';
    expect(maskKnown('got Q9x= and abcdefgh01234567', [key])).toBe('got ****** and ******');
  });

  it('may have begun at the end of what is there', () => {
    const finder = new SecretFinder(['s3cret-word']);
    expect(finder.openEnd(Buffer.from('nothing'))).toBe(0);
    expect(finder.openEnd(Buffer.from('it is s3cr'))).toBe(4);
    expect(finder.openEnd(Buffer.from('it is s3cret-word'))).toBeLessThanOrEqual(11);
    expect(finder.openEnd(Buffer.from(wrapped(base64('s3cret-word'), 4).slice(0, 9)))).toBe(9);
  });

  it('are sealed as one where they overlap', () => {
    expect(sealKnown('xabcdey', ['abc', 'cde', 'bcd'], seal)).toBe('x<abcde>y');
  });

  it('may be made of what a regular expression is made of', () => {
    expect(sealKnown('[(.*)+]$^ and (((', ['(.*)+', '((('], seal)).toBe('[<(.*)+>]$^ and <(((>');
  });

  it('are found wherever an exhaustive search finds them', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const word = (length: number) => Array.from({ length }, () => 'ab'[random(2)]).join('');
    for (let round = 0; round < 300; round++) {
      const secrets = Array.from({ length: 1 + random(4) }, () => word(3 + random(5)));
      const text = word(random(60));
      const covered = Array.from(text, () => false);
      for (const form of secrets.flatMap(formsOf)) {
        for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
          covered.fill(true, at, at + form.length);
      }
      const spans = new SecretFinder(secrets).find(Buffer.from(text));
      const found = Array.from(text, (_letter, at) => spans.some(([from, to]) => at >= from && at < to));
      expect([secrets, text, found]).toEqual([secrets, text, covered]);
    }
  });

  it('are looked for in linear time', () => {
    // 8 KiB of `a`, in 60 secrets of all lengths, in a MiB of `a` with another letter now and then: a quadratic search
    // would not end.
    const secrets = Array.from({ length: 60 }, (_, index) => `${'a'.repeat(100 + index)}b`);
    const text = `${'a'.repeat(100)}c`.repeat(10_000);
    expect(sealKnown(text, secrets, seal)).toBe(text);
    const long = `${'a'.repeat(7000)}b`;
    expect(sealKnown('a'.repeat(1_000_000), [long, `b${long}`], seal)).toBe('a'.repeat(1_000_000));
  });

  it('are not told apart where they are too many: everything counts as secret', () => {
    const many = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(1000, 'x'));
    expect(sealKnown('anything', many, seal)).toBe('<anything>');
    const output = Buffer.from('anything');
    expect(overwriteKnown(output, new SecretFinder(many))).toBe(8);
    expect(output.toString()).toBe('********');
  });

  it('are sealed as one where they are in more than a hundred places', () => {
    expect(sealKnown('s3cret '.repeat(101), ['s3cret'], seal)).toBe(`<${'s3cret '.repeat(101).trimEnd()}> `);
  });

  it('are overwritten byte for byte in output', () => {
    const output = Buffer.from('é s3cret é czNjcmV0');
    expect(overwriteKnown(output, new SecretFinder(['s3cret']))).toBe(14);
    expect(output.toString()).toBe('é ****** é ********');
  });
});
