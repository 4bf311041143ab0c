import { holdsSealed, mapTexts, mask, maskAll, maskText } from './mask';
import { sealedDeclarations, shownDeclarations } from './sealed-declarations';
import { isSealed, SecretBox } from './secret-box';
import { parseSecretKey } from './secret-key';

const [key, older] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const box = new SecretBox({ current: key });
const keyIdOf = (current: Buffer): string => new SecretBox({ current }).keyId;

describe('sealing', () => {
  it.each(['', 'secret', 'ü😀\n', 'x'.repeat(10_000)])(
    '%.12j opens to what it was, and shows nothing of it',
    (text) => {
      const sealed = box.seal(text);
      expect(box.open(sealed)).toBe(text);
      if (text !== '') expect(sealed).not.toContain(text);
      expect([isSealed(sealed), holdsSealed(sealed), maskText(sealed)]).toEqual([true, true, mask]);
    },
  );

  it('of one text twice gives two that cannot be told to be the same', () => {
    expect(box.seal('secret')).not.toBe(box.seal('secret'));
  });

  it('leaves what is sealed already, and opens what is sealed within', () => {
    const sealed = box.seal('inner');
    expect(box.seal(sealed)).toBe(sealed);
    expect(box.open(box.seal(`a ${sealed} b`))).toBe('a inner b');
  });

  it('within a longer text is found again', () => {
    const text = `${box.seal('one')} and ${box.seal('two')}`;
    expect(box.open(text)).toBe('one and two');
    expect(maskText(text)).toBe(`${mask} and ${mask}`);
    expect(box.secretsIn({ a: [text], b: { c: box.seal('three') } })).toEqual(new Set(['one', 'two', 'three']));
    expect(isSealed(text)).toBe(false);
  });
});

describe('a key', () => {
  it('that was changed still opens what it has sealed, and seals no more', () => {
    const sealed = new SecretBox({ current: older }).seal('secret');
    const both = new SecretBox({ current: key, previous: [older] });
    expect([both.open(sealed), box.open(sealed)]).toEqual(['secret', mask]);
    expect(both.seal('x')).toContain(`:${keyIdOf(key)}:`);
    expect([both.knows(keyIdOf(older)), box.knows(keyIdOf(older))]).toEqual([true, false]);
  });

  it('does not open what was changed, cut or put under another key’s name', () => {
    const sealed = box.seal('secret');
    const at = sealed.length - 5;
    const flipped = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    const cut = `${sealed.slice(0, 30)}\uE001`;
    const both = new SecretBox({ current: key, previous: [older] });
    const renamed = sealed.replace(keyIdOf(key), keyIdOf(older));
    expect([box.open(flipped), box.open(cut), both.open(renamed)]).toEqual([mask, mask, mask]);
    expect(box.secretsIn([flipped, cut])).toEqual(new Set());
  });
});

describe('masking', () => {
  it('reaches names and texts at any depth, and leaves the rest the same object', () => {
    const sealed = box.seal('secret');
    const untouched = { deep: [1, true, null, 'text'] };
    const value = { untouched, [sealed]: [{ a: `x ${sealed}` }] };
    const masked = maskAll(value);
    expect(masked).toEqual({ untouched, [mask]: [{ a: `x ${mask}` }] });
    expect(masked.untouched).toBe(untouched);
    expect(maskAll(untouched)).toBe(untouched);
  });

  it('changes a number where its text is changed', () => {
    const change = (text: string) => text.replace('42', mask);
    expect(mapTexts({ pin: 42, other: 43, list: [42] }, change)).toEqual({ pin: mask, other: 43, list: [mask] });
  });
});

describe('declared passwords', () => {
  const password = (more: object) => ({ name: 'pw', type: 'password', ...more });

  it('are sealed, and nothing else is', () => {
    const [sealed, plain] = sealedDeclarations(
      [password({ default: 'hush' }), { name: 'p', type: 'text', default: 'open' }],
      [],
      box,
    ) as unknown as { default: string }[];
    expect([isSealed(sealed?.default), box.open(sealed?.default ?? ''), plain?.default]).toEqual([
      true,
      'hush',
      'open',
    ]);
  });

  it.each([undefined, null, mask])('that come back as %j keep what they were', (shown) => {
    const before = [password({ default: box.seal('hush') })];
    const [kept] = sealedDeclarations([password({ default: shown })], before, box) as unknown as { default: string }[];
    expect(box.open(kept?.default ?? '')).toBe('hush');
  });

  it('do not take over what another param, or one that was no password, held', () => {
    const others = [password({ name: 'other', default: box.seal('hush') }), { name: 'pw', default: box.seal('hush') }];
    expect(sealedDeclarations([password({ default: mask })], others, box)).toEqual([password({})]);
  });

  it('are shown without their values', () => {
    const params = [password({ default: box.seal('x'), value: 'y' }), { name: 'p', default: 'z' }];
    expect(shownDeclarations(params)).toEqual([password({ default: null, value: null }), params[1]]);
  });
});

describe('a key in the settings', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 200 + index));

  it.each([
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64').replace('=', ''),
    bytes.toString('base64url'),
    ` ${bytes.toString('hex')}\n`,
  ])('%s', (text) => {
    expect(parseSecretKey(text)).toEqual(bytes);
  });

  it.each(['', 'no key', 'ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32), bytes.toString('base64').slice(1)])(
    '%j is none',
    (text) => {
      expect(parseSecretKey(text)).toBeNull();
    },
  );
});
