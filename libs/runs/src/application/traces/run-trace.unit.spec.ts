import { type FinishedSpan, maxMoments, Tracing } from '#libs/tracing';
import { idOfTask, type RunEvent, type WorkflowRunSubmitted } from '../../domain';
import { runId, submissionOf } from '../../domain/spec/simulation';
import { RunTrace } from './run-trace';

const taskId = idOfTask(runId, 1);
const submitted: WorkflowRunSubmitted['data'] = {
  at: 0,
  ...submissionOf([
    { name: 'a', after: ['start'] },
    { name: 'end', after: ['a:success'] },
  ]),
};
const claim = { agentId: 'g', tokenId: 't', fence: 1 };
const ready = (at: number): RunEvent => ({ type: 'TaskRunReady', data: { at, taskId, params: [] } });
const claimed = (at: number): RunEvent => ({ type: 'TaskRunClaimed', data: { at, taskId, ...claim } });
const released = (at: number): RunEvent => ({ type: 'TaskRunReleased', data: { at, taskId, fence: 2 } });
const retried = (at: number): RunEvent => ({
  type: 'TaskRunRetried',
  data: { at, taskId, until: at + 1, statusMessage: 'secret' },
});
const requeued = (at: number): RunEvent => ({ type: 'TaskRunRequeued', data: { at, taskId } });
const ended = (at: number, status: 'succeeded' | 'cancelled' | 'skipped'): RunEvent => ({
  type: 'TaskRunEnded',
  data: { at, taskId, status, duration: 1, statusMessage: 'secret' },
});
const cancelled = (at: number): RunEvent => ({
  type: 'WorkflowRunCancelled',
  data: { at, duration: 1, statusMessage: 'secret' },
});

function spansOf(events: readonly RunEvent[], tracing = new Tracing(() => true)): FinishedSpan[] {
  const trace = new RunTrace(submitted, tracing, []);
  return events.flatMap((event) => trace.apply(event) ?? []);
}

describe('the spans of a run', () => {
  it('one for each try, from the moment when it is ready, and one for the run', () => {
    const spans = spansOf([
      ready(1),
      claimed(2),
      retried(3),
      requeued(5),
      claimed(6),
      ended(8, 'succeeded'),
      cancelled(9),
    ]);
    expect(spans.map(({ name, start, end, isError }) => [name, start, end, isError])).toEqual([
      ['task a', 1, 3, true],
      ['task a', 5, 8, false],
      ['run flow', 0, 9, false],
    ]);
    expect(new Set(spans.map(({ context }) => context.spanId)).size).toBe(3);
    expect(spans.slice(0, 2).map(({ parentSpanId }) => parentSpanId)).toEqual([
      spans[2]?.context.spanId,
      spans[2]?.context.spanId,
    ]);
  });

  it('are as they were at the end, whatever happens to the run later', () => {
    const finalizing: RunEvent = { type: 'WorkflowRunClaimed', data: { at: 10, purpose: 'finalize', ...claim } };
    const [run] = spansOf([cancelled(9), finalizing]);
    expect(run?.moments).toEqual([]);
  });

  it.each([
    ['waits for its next try', [ready(1), claimed(2), retried(3), ended(4, 'cancelled')], 1],
    ['was never ready', [ended(4, 'skipped')], 0],
    ['was ready', [ready(1), ended(4, 'cancelled')], 1],
  ])('a task that is ended while it %s', (_when, events, count) => {
    expect(spansOf(events)).toHaveLength(count);
  });

  it('keeps a bounded number of moments, and says how many it has left out', () => {
    const claims = Array.from({ length: maxMoments }, (_, at) => [claimed(2 + at), released(2 + at)]).flat();
    const [span] = spansOf([ready(1), ...claims, ended(1000, 'succeeded')]);
    expect(span?.moments).toHaveLength(maxMoments);
    expect(span?.droppedMoments).toBe(maxMoments);
  });

  it('says nothing of messages', () => {
    expect(JSON.stringify(spansOf([ready(1), claimed(2), retried(3), cancelled(9)]))).not.toContain('secret');
  });

  it('of a trace that is not recorded there are none', () => {
    expect(spansOf([ready(1), ended(8, 'succeeded'), cancelled(9)], new Tracing(() => false))).toEqual([]);
  });
});
