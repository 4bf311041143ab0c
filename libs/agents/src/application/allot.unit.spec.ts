import { newId } from '#libs/kernel';
import type { ReadyItem } from './queue-store';
import { allot } from './allot';
import { maxPassBytes, maxPollBytes } from './bounds';

const mebibyte = 1024 * 1024;

const item = (more: Partial<ReadyItem> = {}): ReadyItem => ({
  ...{ id: newId(), runId: newId(), kind: 'task', fence: 0, type: 'script', bytes: 100, runBytes: 1000 },
  ...more,
});
const items = (count: number, more: Partial<ReadyItem> = {}) => Array.from({ length: count }, () => item(more));
const scripts = (limit: number) => ({ types: ['script'], limit });

describe('what polls are given', () => {
  it('is shared among those that take it, oldest first', () => {
    const ready = [...items(4), item({ type: 'template' })];
    const [one, two, other] = [scripts(10), scripts(10), { types: ['template', 'custom'], limit: 10 }];
    const parts = allot(ready, [one, two, other]);
    expect([one, two, other].map((poll) => parts.get(poll))).toEqual([
      [ready[0], ready[2]],
      [ready[1], ready[3]],
      [ready[4]],
    ]);
  });

  it('is no more than a poll asks for, and nothing for one that takes none of it', () => {
    const [asking, other] = [scripts(3), { types: ['custom'], limit: 3 }];
    const parts = allot(items(10), [asking, other]);
    expect([parts.get(asking)?.length, parts.get(other)]).toEqual([3, undefined]);
  });

  it('has no more bytes than one answer holds, but always one item', () => {
    const poll = scripts(1000);
    expect(allot(items(9, { bytes: mebibyte }), [poll]).get(poll)).toHaveLength(maxPollBytes / mebibyte);
    expect(allot(items(2, { bytes: 2 * maxPollBytes }), [poll]).get(poll)).toHaveLength(1);
  });

  it('loads no more runs than one pass may, but always one', () => {
    const polls = Array.from({ length: 50 }, () => scripts(1));
    const runBytes = 8 * mebibyte;
    expect(allot(items(50, { runBytes }), polls).size).toBe(maxPassBytes / runBytes);
    expect(allot(items(50, { runBytes, runId: newId() }), polls).size).toBe(50);
    expect(allot(items(50, { runBytes: 2 * maxPassBytes }), polls).size).toBe(1);
  });
});
