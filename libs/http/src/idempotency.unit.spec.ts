import type { FastifyRequest } from 'fastify';
import { receiptKeyOf } from './idempotency';

const keyOf = (more: object = {}, headers: object = { 'idempotency-key': 'k' }) =>
  receiptKeyOf({ method: 'POST', url: '/a?b=c', body: { x: 1, y: 2 }, headers, ...more } as FastifyRequest, 'token');

describe('the key of a repetition', () => {
  it('is the token’s own, and none without the header', () => {
    expect(keyOf()).toMatchObject({ scope: 'token', key: 'k' });
    expect(keyOf({}, {})).toBeUndefined();
  });

  it.each([
    ['the members of the body come in another order', { body: { y: 2, x: 1 } }, true],
    ['the body is another', { body: { x: 1, y: 3 } }, false],
    ['the list is in another order', { body: [2, 1] }, false],
    ['the method is another', { method: 'PUT' }, false],
    ['the query is another', { url: '/a?b=d' }, false],
    ['the body is missing', { body: undefined }, false],
  ])('where %s', (_what, more, isSame) => {
    expect(keyOf(more)?.requestHash === keyOf()?.requestHash).toBe(isSame);
  });

  it('no body and null are the same request', () => {
    expect(keyOf({ body: undefined })?.requestHash).toBe(keyOf({ body: null })?.requestHash);
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(256), ['a', 'b']])('%j is refused', (key) => {
    expect(() => keyOf({}, { 'idempotency-key': key })).toThrow('1 to 255 visible ASCII characters');
  });

  it('of 255 characters is taken', () => {
    expect(keyOf({}, { 'idempotency-key': '~'.repeat(255) })?.key).toHaveLength(255);
  });
});
