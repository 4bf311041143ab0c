import { type ReportTaskRun, serverReach, type TaskReport } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CommandBus } from '@nestjs/cqrs';
import { ReportTaskRuns, ReportTaskRunsHandler } from './report-task-runs.handler';

const start: TaskReport = { type: 'StartTask' };
const end: TaskReport = { type: 'EndTask', status: 'succeeded', results: [] };
const refusal = new RefusedError('BAD_REQUEST', 'results: too many.');

/** What the bus was asked for, and what became of the reports; `refuses` says whether a report is refused. */
async function send(
  reports: readonly { readonly task: string; readonly report: TaskReport; readonly fence?: number }[],
  refuses: (report: TaskReport) => Error | null = () => null,
  limit = 0,
) {
  const sent: string[] = [];
  const claims: number[][] = [];
  const execute = ({ taskRunId, report, next, context }: ReportTaskRun) => {
    const all = [report, ...(next ? [next] : [])];
    for (const each of all)
      if (each.type === 'EndTask' && each.claims) claims.push([each.claims.limit, each.claims.maxBytes]);
    sent.push(`${taskRunId} ${all.map(({ type }) => type).join('+')} ${context.receipt?.key}`);
    const error = all.map(refuses).find((each) => each !== null);
    return error ? Promise.reject(error) : Promise.resolve({ claimed: [] });
  };
  const handler = new ReportTaskRunsHandler({ execute } as unknown as CommandBus);
  const parts = reports.map(({ task, report, fence = 1 }) => ({
    taskRunId: task,
    report: () => report,
    holder: { tokenId: 'token', fence },
  }));
  const receipt = { scope: 'token', key: 'k', requestHash: 'hash' };
  const next = limit > 0 ? { agent: { id: 'agent', tokenId: 'token' }, types: ['script'], limit } : null;
  const outcomes = await handler.execute(
    new ReportTaskRuns(serverReach, parts, { metadata: { actor: 'agent' }, ...(!next && { receipt }) }, next),
  );
  return { sent, claims, outcomes };
}

describe('reports about several tasks', () => {
  it('send a start and its end together, and each other report alone', async () => {
    const { sent, outcomes } = await send([
      { task: 'a', report: start },
      { task: 'b', report: start },
      { task: 'a', report: end },
      { task: 'c', report: end },
    ]);
    expect(sent.sort()).toEqual(['a StartTask+EndTask k 0+2', 'b StartTask k 1', 'c EndTask k 3']);
    expect(outcomes).toEqual(Array.from({ length: 4 }, () => ({ claimed: [] })));
  });

  it('send both apart where one of them is refused, so that each has its own answer and receipt', async () => {
    const both = [
      { task: 'a', report: start },
      { task: 'a', report: end },
    ];
    const { sent, outcomes } = await send(both, ({ type }) => (type === 'EndTask' ? refusal : null));
    expect(sent).toEqual(['a StartTask+EndTask k 0+1', 'a StartTask k 0', 'a EndTask k 1']);
    expect(outcomes).toEqual([{ claimed: [] }, { error: refusal }]);
  });

  it('do not send again what may have been carried out', async () => {
    const away = new RefusedError('SERVICE_UNAVAILABLE', 'The database is away.');
    const both = [
      { task: 'a', report: start },
      { task: 'a', report: end },
    ];
    const { sent, outcomes } = await send(both, () => away);
    expect(sent).toHaveLength(1);
    expect(outcomes).toEqual([{ error: away }, { error: away }]);
  });

  it.each([
    ['an end and a start', [end, start], [1, 1]],
    ['two claims', [start, end], [1, 2]],
    ['three reports', [start, end, end], [1, 1, 1]],
  ])('%s of one task follow each other', async (_what, all, fences) => {
    const { sent } = await send(all.map((report, place) => ({ task: 'a', report, fence: fences[place] ?? 1 })));
    expect(sent).toEqual(all.map(({ type }, place) => `a ${type} k ${place}`));
  });

  it.each([
    [
      2,
      [
        [1, 2097152],
        [1, 2097152],
      ],
    ],
    [
      5,
      [
        [2, 1398101],
        [2, 1398101],
        [1, 1398101],
      ],
    ],
    [1, [[1, 4194304]]],
  ])('share %d claims among the tasks that end', async (limit, wanted) => {
    const reports = ['a', 'b', 'c'].map((task) => ({ task, report: end }));
    expect((await send(reports, undefined, limit)).claims).toEqual(wanted);
  });
});
