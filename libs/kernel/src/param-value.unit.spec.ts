import { checkValue } from './param-value';

describe('the value of a param', () => {
  it.each(['1', '-1.5', '+2', '.5', '1.', '1e3', '007'])('of type number may be the text %j', (value) => {
    expect(checkValue({ type: 'number' }, value)).toBeNull();
  });

  it.each([' 1 ', '0x10', '1_000', 'Infinity', 'NaN', '', '1e999', '1,5'])(
    'of type number is not the text %j',
    (value) => {
      expect(checkValue({ type: 'number' }, value)).toBe('must be a number');
    },
  );
});
