import { Readable } from 'node:stream';
import { RefusedError } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseWith } from './checked-body';
import { BodyReader } from './body-reader';
import { formBody } from './form-body';
import { refuseBody } from './no-body';
import { refuseOlderExport } from './older-export';
import { reasonOf } from './reason';
import { refuseUnstorable } from './storable';
import { unknownFields } from './unknown-fields';

function refusal(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof RefusedError ? error.message : `not refused: ${String(error)}`;
  }
}

describe('what cannot be stored', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

  it.each<[string, unknown, string | null]>([
    ['plain values', { a: [1, 'ü😀', null, true], b: {} }, null],
    ['NUL in a text', { a: { b: 'x\u0000' } }, 'body.a.b must be well-formed Unicode text without NUL characters.'],
    ['NUL in a name', { a: { 'x\u0000': 1 } }, 'body.a must be well-formed Unicode text without NUL characters.'],
    ['half a pair', ['\ud800'], 'body.0 must be well-formed Unicode text without NUL characters.'],
    ['a text alone', '\u0000', 'body must be well-formed Unicode text without NUL characters.'],
    [
      'the mark of a sealed secret',
      { a: '\uE000sealed:1:' },
      'body.a must not contain the mark of a sealed value (U+E000).',
    ],
    ['64 levels', nested(64), null],
    ['65 levels', nested(65), 'is nested more than 64 levels deep'],
    ['20 values', Array.from({ length: 20 }, () => 1), null],
    ['21 values', [Array.from({ length: 20 }, () => 1)], 'The request body has more than 20 values.'],
    ['a prototype', JSON.parse('{"a":{"__proto__":{}}}'), 'body.a must not have a member named __proto__.'],
  ])('%s', (what, body, message) => {
    const found = refusal(() => refuseUnstorable(body, what.includes('levels') ? 1000 : 20));
    if (message === null) expect(found).toBeNull();
    else expect(found).toContain(message);
  });
});

describe('fields that nobody knows', () => {
  const schema = z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    tasks: z.array(z.object({ type: z.string().nullable(), spec: z.looseObject({}).optional() })).optional(),
    either: z.union([z.object({ a: z.string() }), z.object({ b: z.string(), c: z.string() })]).optional(),
  });

  it.each<[string, unknown, string[]]>([
    ['none', { name: 'x', labels: { any: 'thing' }, tasks: [{ type: null, spec: { any: 1 } }] }, []],
    ['one, with what was probably meant', { nam: 'x' }, ['nam: this field is unknown. Did you mean name?']],
    [
      'one like no other',
      { zzzzzz: 1 },
      ['zzzzzz: this field is unknown. The fields here are name, labels, tasks, either.'],
    ],
    [
      'one in a list',
      { tasks: [{ type: 'a' }, { typ: 'a' }] },
      ['tasks.1.typ: this field is unknown. Did you mean type?'],
    ],
    ['of a form that fits best', { either: { b: '1', d: '2' } }, ['either.d: this field is unknown.']],
    ['one that every object has', { toString: 1 }, ['toString: this field is unknown.']],
  ])('%s', (_what, body, problems) => {
    const found = unknownFields(schema, body);
    expect(found).toHaveLength(problems.length);
    for (const [index, each] of problems.entries()) expect(found[index]).toContain(each);
  });

  it('are told before what else is wrong, 50 at most', () => {
    expect(refusal(() => parseWith(schema, { nam: 1 }))).toMatch(/^nam: this field is unknown\..*name/);
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`zz${index}`, 1]));
    expect(unknownFields(schema, many)).toHaveLength(50);
    expect(parseWith(schema, { name: 'x' })).toEqual({ name: 'x' });
  });
});

describe('a route without a body', () => {
  const ask = async (text: string, headers: object = { 'content-length': String(text.length) }) => {
    const request = { headers } as FastifyRequest;
    return refuseBody(request, Readable.from([Buffer.from(text)]), new BodyReader()).then(
      () => null,
      (error: unknown) => (error as Error).message,
    );
  };

  it.each(['', '{}', ' null ', '\n'])('takes %j', async (text) => {
    expect(await ask(text, { 'transfer-encoding': 'chunked' })).toBeNull();
  });

  it.each([
    ['{"a":1}', 'a: this field is unknown. This route accepts no body.'],
    ['[]', 'This route accepts no body.'],
    ['a=b', 'This route accepts no body.'],
    ['1', 'This route accepts no body.'],
    [' '.repeat(65_537), 'This route accepts no body.'],
  ])('refuses %.20j', async (text, message) => {
    expect(await ask(text)).toBe(message);
  });
});

describe('reading a body', () => {
  it('ends at its limit, announced or not, and gives its room back', async () => {
    const reader = new BodyReader();
    const chunks = [Buffer.alloc(6), Buffer.alloc(6)];
    await expect(reader.read(Readable.from(chunks), 10)).rejects.toThrow('larger than 10 bytes');
    await expect(reader.read(Readable.from(chunks), 10, '12')).rejects.toThrow('larger than 10 bytes');
    expect(await reader.read(Readable.from(chunks), 12)).toHaveLength(12);
    expect((reader as unknown as { held: number }).held).toBe(0);
  });

  it('that is cut off is refused', async () => {
    const cut = new Readable({ read: () => cut.destroy(new Error('gone')) });
    await expect(new BodyReader().read(cut, 10)).rejects.toThrow('ended before the request body was complete');
  });
});

describe('a form', () => {
  const read = (text: string, most = 10) => formBody(text, most, (json) => JSON.parse(json) as unknown);

  it.each<[string, unknown]>([
    ['a=1&b=x+y', { a: '1', b: 'x y' }],
    ['a=1&a=2', { a: ['1', '2'] }],
    ['payload=%7B%22a%22%3A1%7D&x=1', { a: 1 }],
    ['payload=text', { payload: 'text' }],
    ['payload={}&payload={}', { payload: ['{}', '{}'] }],
    ['a=%C3%BC', { a: 'ü' }],
  ])('%s', (text, body) => {
    expect(read(text)).toEqual(body);
  });

  it('is refused with more fields than are read, and with bytes that are no UTF-8', () => {
    expect(refusal(() => read('&'.repeat(10)))).toContain('more than 10 fields');
    expect(refusal(() => read('a=%FF'))).toContain('not UTF-8 (%FF)');
  });
});

describe('an export of version 3', () => {
  it.each<[unknown, boolean]>([
    [{ latestRevision: {} }, true],
    [[{ currentVersion: 1 }], true],
    [{ name: 'x', tasks: [] }, false],
    [[], false],
    [null, false],
    ['dag', false],
  ])('%j', (body, isOne) => {
    expect(refusal(() => refuseOlderExport(body)) !== null).toBe(isOne);
  });
});

describe('the reason of a request', () => {
  it.each<[unknown, string | undefined]>([
    ['because', 'because'],
    ['  ', undefined],
    [undefined, undefined],
    ['f%C3%BCr', 'für'],
    [Buffer.from('für').toString('latin1'), 'für'],
    ['x'.repeat(1000), 'x'.repeat(1000)],
  ])('%.20j', (sent, reason) => {
    expect(reasonOf({ headers: { 'x-reason': sent as string } })).toBe(reason);
  });

  it.each([
    ['x'.repeat(1001), 'at most 1000 characters'],
    ['a%0Ab', 'control characters'],
    ['\xff', 'UTF-8'],
  ])('%.20j is refused', (sent, message) => {
    expect(refusal(() => reasonOf({ headers: { 'x-reason': sent } }))).toContain(message);
  });
});
