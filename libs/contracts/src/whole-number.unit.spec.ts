import { z } from 'zod';
import { wholeNumber } from './whole-number';

describe('a whole number', () => {
  const schema = wholeNumber(-1, 100);

  it.each([0, 7, -1, '7', ' 42 ', '-1', '007'])('is %j', (given) => {
    expect(schema.parse(given)).toBe(Number(given));
  });

  it.each([1.5, '1.5', '', ' ', 'seven', '1e2', '0x10', true, null, [], ['7'], '101', -2])('is not %j', (given) => {
    expect(schema.safeParse(given).success).toBe(false);
  });

  it('is told as one in the document', () => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ type: 'integer', minimum: -1, maximum: 100 });
  });
});
