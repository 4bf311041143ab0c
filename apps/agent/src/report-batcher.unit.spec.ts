import { type BatchedReport, ReportBatcher } from './report-batcher';

describe('reports that are due together', () => {
  const report = (id: string, body: object = {}): BatchedReport => ({ id, fence: 1, report: 'end', body });
  const sent: string[][] = [];
  const wanted: number[] = [];
  let release: (() => void) | null = null;
  const batcher = new ReportBatcher(async (reports, next) => {
    wanted.push(next);
    sent.push(reports.map(({ id }) => id));
    await new Promise<void>((resolve) => (release = resolve));
    return reports.map(({ id }) =>
      id === 'bad' ? { status: 409, error: { code: 1, message: 'no' } } : { status: 200 },
    );
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  beforeEach(() => sent.splice(0));

  it('go in one request, and each gets its own answer', async () => {
    const all = Promise.all(['a', 'bad', 'c'].map((id) => batcher.add(report(id))));
    await turn();
    release?.();
    expect((await all).map((answer) => answer?.status)).toEqual([200, 409, 200]);
    expect(sent).toEqual([['a', 'bad', 'c']]);
  });

  it('gather while a request is under way, and a lone one uses its own call', async () => {
    const first = Promise.all(['a', 'b'].map((id) => batcher.add(report(id))));
    await turn();
    const later = Promise.all(['c', 'd', 'e'].map((id) => batcher.add(report(id))));
    release?.();
    await first;
    await turn();
    release?.();
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
    await turn();
    const both = Promise.all([batcher.add(report('b'), true), batcher.add(report('c'))]);
    release?.();
    expect((await alone)?.status).toBe(200);
    await turn();
    release?.();
    await both;
    expect(wanted).toEqual([1, 1]);
  });

  it('are split where they are too many or too large for one request', async () => {
    const large = Array.from({ length: 4 }, (_, n) => batcher.add(report(`l${n}`, { text: 'x'.repeat(200_000) })));
    await turn();
    release?.();
    await turn();
    release?.();
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
