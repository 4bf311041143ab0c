import { EventEmitter, once } from 'node:events';

import { type BatchedReport, ReportBatcher } from './report-batcher';

describe('reports that are due together', () => {
  const report = (id: string, body: object = {}): BatchedReport => ({ id, fence: 1, report: 'end', body });
  const sent: string[][] = [];
  const wanted: number[] = [];
  const underWay: (() => void)[] = [];
  const arrived = new EventEmitter();
  const batcher = new ReportBatcher(async (reports, next) => {
    wanted.push(next);
    sent.push(reports.map(({ id }) => id));
    await new Promise<void>((resolve) => {
      underWay.push(resolve);
      arrived.emit('request');
    });
    return reports.map(({ id }) =>
      id === 'bad' ? { status: 409, error: { code: 1, message: 'no' } } : { status: 200 },
    );
  });
  /** Resolves once a request is under way. */
  const request = async () => {
    if (underWay.length === 0) await once(arrived, 'request');
  };
  /** Lets the request that is under way, or comes next, be answered. */
  const answer = async () => {
    await request();
    underWay.shift()?.();
  };
  beforeEach(() => sent.splice(0));

  it('go in one request, and each gets its own answer', async () => {
    const all = Promise.all(['a', 'bad', 'c'].map((id) => batcher.add(report(id))));
    await answer();
    expect((await all).map((answer) => answer?.status)).toEqual([200, 409, 200]);
    expect(sent).toEqual([['a', 'bad', 'c']]);
  });

  it('gather while a request is under way, and a lone one uses its own call', async () => {
    const first = Promise.all(['a', 'b'].map((id) => batcher.add(report(id))));
    await request();
    const later = Promise.all(['c', 'd', 'e'].map((id) => batcher.add(report(id))));
    await answer();
    await first;
    await answer();
    await later;
    expect(sent).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect(await batcher.add(report('alone'))).toBeNull();
    expect(sent).toHaveLength(2);
  });

  it('ask for as many next tasks as they make room for, a lone one too', async () => {
    wanted.splice(0);
    const alone = batcher.add(report('a'), true);
    await request();
    const both = Promise.all([batcher.add(report('b'), true), batcher.add(report('c'))]);
    await answer();
    expect((await alone)?.status).toBe(200);
    await answer();
    await both;
    expect(wanted).toEqual([1, 1]);
  });

  it('are split where they are too many or too large for one request', async () => {
    const large = Array.from({ length: 4 }, (_, n) => batcher.add(report(`l${n}`, { text: 'x'.repeat(200_000) })));
    await answer();
    await answer();
    await Promise.all(large);
    expect(sent).toEqual([
      ['l0', 'l1'],
      ['l2', 'l3'],
    ]);
  });

  it('fail together where the request fails', async () => {
    const failing = new ReportBatcher(() => Promise.reject(new Error('away')));
    const answers = await Promise.allSettled(['a', 'b'].map((id) => failing.add(report(id))));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
