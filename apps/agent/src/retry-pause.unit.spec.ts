import { pauseBefore } from './retry-pause';

describe('the pause before the next attempt', () => {
  const most = () => 1;
  const least = () => 0;

  it('doubles from 50 ms up to 5 s, and a random half of it is left out', () => {
    expect([1, 2, 3, 8, 1000].map((failures) => pauseBefore(failures, null, most))).toEqual([50, 100, 200, 5000, 5000]);
    expect([1, 2, 3, 8, 1000].map((failures) => pauseBefore(failures, null, least))).toEqual([25, 50, 100, 2500, 2500]);
  });

  it('is what the server asks for, up to 30 s, and up to a quarter more', () => {
    expect(pauseBefore(1, '2', least)).toBe(2000);
    expect(pauseBefore(1, '2', most)).toBe(2500);
    expect(pauseBefore(1, '86400', least)).toBe(30_000);
    for (const nonsense of ['', 'soon', '-1', '1e9', 'Wed, 21 Oct 2026 07:28:00 GMT'])
      expect(pauseBefore(1, nonsense, most)).toBe(50);
  });
});
