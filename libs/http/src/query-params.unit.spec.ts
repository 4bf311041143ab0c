import type { RefusedError } from '#libs/kernel';
import {
  booleanParam,
  choiceParam,
  dateParam,
  enumListParam,
  labelsParam,
  listParam,
  orderParam,
  optionalIntParam,
  pagingParams,
  type RawQuery,
  requiredTextParam,
  sortingParams,
  textParam,
  wholeOrPaging,
} from './query-params';

/** What is answered, or why it is refused. */
function read<Value>(work: () => Value): Value | string {
  try {
    return work();
  } catch (error) {
    const { reason, message } = error as RefusedError;
    return reason === 'QUERY_INVALID_FILTERS'
      ? message.replace('Invalid query filters have been provided. ', '')
      : reason;
  }
}

describe('a window on a list', () => {
  it.each<[RawQuery, unknown]>([
    [{}, { limit: 10, page: 0 }],
    [
      { limit: '1000', page: '2147483647' },
      { limit: 1000, page: 2_147_483_647 },
    ],
    [{ limit: ' 5 ' }, { limit: 5, page: 0 }],
    [
      { limit: '', page: '' },
      { limit: 10, page: 0 },
    ],
    [{ limit: '+7' }, { limit: 7, page: 0 }],
    [{ limit: '0' }, 'Parameter limit must be a whole number from 1 to 1000.'],
    [{ limit: '1001' }, 'Parameter limit must be a whole number from 1 to 1000.'],
    [{ limit: '1e2' }, 'Parameter limit must be a whole number from 1 to 1000.'],
    [{ limit: '1.0' }, 'Parameter limit must be a whole number from 1 to 1000.'],
    [{ page: '-1' }, 'Parameter page must be a whole number from 0 to 2147483647.'],
    [{ page: '2147483648' }, 'Parameter page must be a whole number from 0 to 2147483647.'],
    [{ limit: ['1', '2'] }, 'Parameter limit must be given once.'],
  ])('%j', (query, expected) => {
    expect(read(() => pagingParams(query))).toEqual(expected);
  });

  it('is the whole list where no limit is given, whatever the page', () => {
    expect(wholeOrPaging({ page: '3' })).toEqual({ page: 0, limit: 10_000, isWhole: true });
    expect(wholeOrPaging({ page: '3', limit: '20' })).toEqual({ page: 3, limit: 20 });
    expect(read(() => wholeOrPaging({ page: 'x' }))).toContain('Parameter page');
  });
});

describe('a parameter', () => {
  it.each<[string, () => unknown, unknown]>([
    ['text', () => textParam({ a: ' x ' }, 'a'), 'x'],
    ['blank text', () => textParam({ a: '  ' }, 'a'), undefined],
    ['one blank and one text', () => textParam({ a: ['', 'x'] }, 'a'), 'x'],
    ['text that is required', () => requiredTextParam({}, 'a'), 'Parameter a is required.'],
    ['a list', () => listParam({ a: ['x, y', 'z', ','] }, 'a'), ['x', 'y', 'z']],
    ['an empty list', () => listParam({ a: ',,' }, 'a'), undefined],
    ['1000 items', () => listParam({ a: 'x,'.repeat(1000) }, 'a')?.length, 1000],
    ['1001 items', () => listParam({ a: 'x,'.repeat(1001) }, 'a'), 'Parameter a must have at most 1000 items.'],
    [
      'items of a set, in any case',
      () => enumListParam({ a: 'Active,INACTIVE' }, 'a', ['active', 'inactive']),
      ['active', 'inactive'],
    ],
    ['an item of none', () => enumListParam({ a: 'on' }, 'a', ['active']), 'Parameter a: "on" is not one of active.'],
    ['a choice', () => choiceParam({ a: 'NAME' }, 'a', ['name', 'date']), 'name'],
    [
      'a choice of none',
      () => choiceParam({ a: 'x' }, 'a', ['name', 'date']),
      'Parameter a must be one of name, date.',
    ],
    ['yes', () => ['true', 'ON', 'yes', '1'].map((a) => booleanParam({ a }, 'a', false)), [true, true, true, true]],
    ['no', () => ['false', 'Off', 'no', '0'].map((a) => booleanParam({ a }, 'a', true)), [false, false, false, false]],
    ['neither', () => booleanParam({ a: '2' }, 'a', true), 'Parameter a must be true or false.'],
    ['nothing said', () => booleanParam({}, 'a', true), true],
    ['an order', () => orderParam({ order: 'desc' }), 'DESC'],
    ['no order', () => orderParam({ order: 'up' }), 'Parameter order must be ASC or DESC.'],
    [
      'a number with 17 digits',
      () => optionalIntParam({ a: '10000000000000000' }, 'a', { min: 0, max: Infinity }),
      'Parameter a must be a whole number from 0 to Infinity.',
    ],
  ])('%s', (_what, work, expected) => {
    expect(read(work)).toEqual(expected);
  });

  it('of a date outside the years 1 to 9999 is brought to the edge', () => {
    const at = (date: string) => new Date(dateParam({ date }, 'date') ?? NaN).toISOString();
    expect(at('-8000000000000000')).toBe('0001-01-01T00:00:00.000Z');
    expect(at('8000000000000000')).toBe('9999-12-31T23:59:59.999Z');
    expect(at('1700000000000')).toBe('2023-11-14T22:13:20.000Z');
    expect(read(() => dateParam({ date: '2026-01-01' }, 'date'))).toContain('Parameter date must be a whole number');
  });
});

describe('the order of a list', () => {
  it.each<[RawQuery, unknown]>([
    [{}, { sort: 'name', order: 'ASC' }],
    [
      { sort: 'date', order: 'DESC' },
      { sort: 'date', order: 'DESC' },
    ],
    [{ sort: 'desc' }, { sort: 'name', order: 'DESC' }],
    [
      { sort: 'ASC', order: 'DESC' },
      { sort: 'name', order: 'ASC' },
    ],
    [{ sort: 'size' }, 'Parameter sort must be one of name, date.'],
  ])('%j', (query, expected) => {
    expect(read(() => sortingParams(query, ['name', 'date']))).toEqual(expected);
  });
});

describe('labels', () => {
  it.each<[string | string[], unknown]>([
    ['a=1', { a: '1' }],
    [['a=1', 'b=2'], { a: '1', b: '2' }],
    ['a%3D1', { a: '1' }],
    ['a%253D1', { a: '1' }],
    ['a%3D1%2Cb%3D2', { a: '1,b=2' }],
    ['a%3D1,b%3D2', { a: '1', b: '2' }],
    ['a=50%', { a: '50%' }],
    ['a=x=y', { a: 'x=y' }],
    ['a=', { a: '' }],
    ['a=b%2Cc', { a: 'b%2Cc' }],
    ['=1', 'Parameter labels: "=1" must be key=value (URL-encoded, as in key%3Dvalue).'],
    ['a', 'Parameter labels: "a" must be key=value (URL-encoded, as in key%3Dvalue).'],
    ['a=%2500', 'BAD_REQUEST'],
    ['', undefined],
  ])('%j', (labels, expected) => {
    expect(read(() => labelsParam({ labels }))).toEqual(expected);
  });

  it('that contradict each other match nothing', () => {
    const labels = labelsParam({ labels: ['a=1', 'a=2'] }) ?? {};
    expect(Object.keys(labels)).toHaveLength(2);
    expect(labelsParam({ labels: ['a=1', 'a=1'] })).toEqual({ a: '1' });
  });
});
