import { declareQuery, labelListFormat } from './declared-query';
import { readQuery } from './read-query';

const list = { type: 'array', items: { type: 'string' } };
const declared = declareQuery([
  { in: 'query', name: 'labels', schema: { ...list, format: labelListFormat } },
  { in: 'query', name: 'statuses', schema: list },
  { in: 'query', name: 'limit' },
  { in: 'path', name: 'team' },
]);

describe('reading a query', () => {
  it.each([
    ['/x', {}],
    ['/x?', {}],
    ['/x?limit=1&limit=2', { limit: ['1', '2'] }],
    ['/x?statuses=a,b,limit=1', { statuses: 'a,b', limit: '1' }],
    ['/x?statuses=a,b,limit%3D1', { statuses: 'a,b,limit=1' }],
    ['/x?statuses=a%2Climit=1', { statuses: 'a,limit=1' }],
    ['/x?statuses=a,limited=1', { statuses: 'a,limited=1' }],
    ['/x?statuses=a,team=1', { statuses: 'a,team=1' }],
    ['/x?labels=,statuses=,limit=', { labels: '', statuses: '', limit: '' }],
    ['/x?labels=a%3D1,b%3Dx%2Cy&labels=c%3D3', { labels: ['a=1', 'b=x,y', 'c=3'] }],
    ['/x?limit', { limit: '' }],
    ['/x?a+b=c+d%2B&&', { 'a b': 'c d+' }],
    ['/x?limit=50%&x=%ff', { limit: '50%', x: '%ff' }],
    ['/x?limit=a=b', { limit: 'a=b' }],
  ])('%s', (url, query) => {
    expect({ ...readQuery(url, declared) }).toEqual(query);
  });

  it('keeps names that JavaScript knows as names', () => {
    expect(Object.keys(readQuery('/x?__proto__=1&constructor=2', declared))).toEqual(['__proto__', 'constructor']);
  });

  it('has a bound', () => {
    expect(() => readQuery(`/x?${'a&'.repeat(1001)}`, declared)).toThrow('at most 1000 parameters');
  });
});
