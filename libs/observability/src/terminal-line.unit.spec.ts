import { terminalLine } from './terminal-line';

describe('a log line on a terminal', () => {
  it('has time, level, message and fields', () => {
    const time = '2026-11-25T03:49:04.625Z';
    const record = { level: 30, time, service: 's', workflow: 'w', duration: 3, failedTasks: ['a'], msg: 'run failed' };
    expect(terminalLine(JSON.stringify(record))).toBe(
      '03:49:04 info run failed workflow=w duration=3 failedTasks=["a"]\n',
    );
  });

  it('holds nothing that steers the terminal', () => {
    const record = { level: 40, time: '', workflow: '\u001b[2Jgone\u009b1m', msg: 'a\nb' };
    expect(terminalLine(JSON.stringify(record))).toBe(' warn a?b workflow=?[2Jgone?1m\n');
  });

  it('has a fault’s stack below it', () => {
    expect(terminalLine(JSON.stringify({ level: 50, msg: 'fault', err: { stack: 'Error\n  at x' } }))).toBe(
      ' error fault\nError\n  at x\n',
    );
  });
});
