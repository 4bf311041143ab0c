import { fold } from '#libs/kernel';
import { type BulkCommand, bulkDecider, type BulkOrder, type BulkState, type Outcome } from './bulk';

const order: BulkOrder = {
  teamId: 'team',
  workflowId: null,
  action: 'cancel',
  from: null,
  filters: null,
  position: 7,
  reason: null,
  by: 'user:ann',
  tokenId: 'token',
};
const done: Outcome = { outcome: 'done' };
const create = (runs: readonly string[]): BulkCommand => ({ type: 'CreateBulk', now: 1000, order, runs });
const progress = (from: number, outcomes: readonly Outcome[], now = 1000, rest = 0): BulkCommand => ({
  type: 'RecordBulkProgress',
  now,
  from,
  outcomes,
  rest,
});

function given(...commands: readonly BulkCommand[]): BulkState {
  const state = commands.reduce<BulkState | null>(
    (before, command) => fold(bulkDecider, before, bulkDecider.decide(before, command)),
    null,
  );
  if (!state) throw new Error('There is no job');
  return state;
}

describe('a bulk job', () => {
  it('keeps its runs in their order, a thousand in an event', () => {
    const runs = Array.from({ length: 2500 }, (_, index) => `run ${index}`);
    const events = bulkDecider.decide(null, create(runs));
    expect(events.map(({ type }) => type)).toEqual([
      'BulkCreated',
      'BulkRunsChosen',
      'BulkRunsChosen',
      'BulkRunsChosen',
    ]);
    expect(given(create(runs)).runs).toEqual(runs);
    expect(bulkDecider.decide(given(create(runs)), create(['other']))).toEqual([]);
  });

  it('ends with the outcome of its last run', () => {
    const half = given(create(['a', 'b']), progress(0, [done]));
    expect([half.status, half.outcomes.done]).toEqual(['running', 1]);
    const whole = given(create(['a', 'b']), progress(0, [done]), progress(1, [{ outcome: 'unchanged' }], 2000));
    expect(whole).toMatchObject({
      status: 'completed',
      endDate: 2000,
      outcomes: { done: 1, unchanged: 1, refused: 0 },
    });
  });

  it('is due later with each step, also within one millisecond, and rests as long as it is told', () => {
    const job = given(create(['a', 'b', 'c']), progress(0, [done]));
    expect(job.due).toBe(1001);
    expect(given(create(['a', 'b']), progress(0, [done], 1500, 300)).due).toBe(1800);
  });

  it('takes the outcome of a run once, whoever is faster', () => {
    const job = given(create(['a', 'b']), progress(0, [done]));
    expect(bulkDecider.decide(job, progress(0, [done]))).toEqual([]);
  });

  it.each<BulkCommand>([
    { type: 'CancelBulk', now: 2000 },
    { type: 'StopBulk', now: 2000, message: 'why' },
  ])('that has ended by $type records what was under way, and begins nothing more', (end) => {
    const job = given(create(['a', 'b', 'c']), end, progress(0, [done, done], 2001));
    expect(job).toMatchObject({ done: 2, outcomes: { done: 2 }, endDate: 2000 });
    expect(job.status).toBe(end.type === 'CancelBulk' ? 'cancelled' : 'stopped');
    expect(bulkDecider.decide(job, { type: 'CancelBulk', now: 3000 })).toEqual([]);
  });

  it('is forgotten once, and never while it is at work', () => {
    const forget: BulkCommand = { type: 'ForgetBulk', now: 3000 };
    expect(bulkDecider.decide(given(create(['a'])), forget)).toEqual([]);
    const ended = given(create(['a']), progress(0, [done]));
    expect(bulkDecider.decide(ended, forget)).toEqual([{ type: 'BulkForgotten', data: { at: 3000 } }]);
    expect(bulkDecider.decide(given(create(['a']), progress(0, [done]), forget), forget)).toEqual([]);
  });
});
