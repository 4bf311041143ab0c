import { paintFor, printable, Progress, table } from '.';

describe('what goes to a terminal', () => {
  it('is painted only there', () => {
    expect(paintFor({ isTTY: true }, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    for (const [out, environment] of [
      [{}, {}],
      [{ isTTY: true }, { NO_COLOR: '1' }],
      [{ isTTY: true }, { TERM: 'dumb' }],
    ] as const) {
      expect(paintFor(out, environment)('red', 'x')).toBe('x');
    }
  });

  it('cannot steer it', () => {
    expect(printable('a\u001b[2Jb\r\nc\u009bd\u2028e')).toBe('a?[2Jb??c?d?e');
  });

  it('stands in columns', () => {
    expect(
      table([
        ['a', 'bb', 'c'],
        ['aaa', 'b', ''],
      ]),
    ).toBe('a    bb  c\naaa  b\n');
  });

  it('shows progress with the rate and the time left, ten times a second at most', () => {
    let now = 0;
    const written: string[] = [];
    const out = { isTTY: true, write: (text: string) => written.push(text) };
    const progress = new Progress(out, 'events', () => now);
    now = 2000;
    progress.show(50_000, 200_000);
    now = 2050;
    progress.show(60_000, 200_000);
    expect(written).toEqual(['\r██████░░░░░░░░░░░░░░░░░░ 25 %  50000 of 200000 events, 25k/s, 6 s left\u001b[K']);
    progress.end();
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  it('shows no progress in a file or a pipe', () => {
    const written: string[] = [];
    const progress = new Progress({ write: (text: string) => written.push(text) }, 'events');
    progress.show(1, 2);
    progress.end();
    expect(written).toEqual([]);
  });
});
