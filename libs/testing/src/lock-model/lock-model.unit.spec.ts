import * as fc from 'fast-check';
import type { TaskRunState } from '../../../runs/src/domain';
import { Chance } from '../chance';
import { repetitions } from '../repetitions';
import { randomSubmission } from './lock-runs';
import { LockWorld } from './lock-world';

/** How many worlds to try; pass the seed of a failed one to repeat it. */
const seeds = repetitions(200, 2000);
const onlySeed = process.env['RUNLEDGER_LOCK_SEED'];

interface Seen {
  readonly acquired: number;
  readonly retried: number;
  readonly cancelled: number;
  readonly timedout: number;
}

/** Some runs, in a world with late, repeated and reordered messages, and killed processes. */
async function trial(seed: number): Promise<Seen> {
  const chance = new Chance(seed);
  const world = new LockWorld(chance);
  const count = 2 + chance.below(6);
  const steps = 60 + chance.below(200);
  let submitted = 0;
  for (let step = 0; step < steps; step++) {
    if (submitted < count && chance.is(0.1)) {
      const submission = randomSubmission(chance, `0000000${submitted}-0000-run`);
      submitted++;
      world.send(submission.runId, { type: 'SubmitRun', submission, start: true });
    }
    const runs = [...world.runs.keys()];
    if (runs.length > 0 && chance.is(0.01)) world.send(chance.of(runs), { type: 'CancelRun' });
    if (runs.length > 0 && chance.is(0.01)) world.send(chance.of(runs), { type: 'TimeOutRun' });
    await world.step();
  }
  await world.rest();
  const runs = [...world.runs.values()];
  for (const { id, phase, status, tasks } of runs) {
    if (phase !== 'completed') throw new Error(`Run ${id} has not ended: ${JSON.stringify(tasks.map(whatOf))}`);
    if (status === 'cancelled' || status === 'timedout') continue;
    const denied = tasks.find((task) => task.type === 'acquirelock' && task.status === 'failed' && !hasLimit(task));
    if (denied) throw new Error(`Task ${denied.id} would have waited for ever, and failed`);
  }
  for (const { key, holder, queue } of world.locks.values()) {
    if (holder || queue.length > 0)
      throw new Error(`Lock ${key} is not free at the end: ${JSON.stringify({ holder, queue })}`);
  }
  if (world.believers.count > 0) throw new Error('A run that has ended believes that it holds a lock');
  const withStatus = (wanted: string) => runs.filter(({ status }) => status === wanted).length;
  return {
    acquired: world.believers.acquired,
    retried: runs.flatMap(({ tasks }) => tasks).filter(({ tries, type }) => type === 'acquirelock' && tries > 0).length,
    cancelled: withStatus('cancelled'),
    timedout: withStatus('timedout'),
  };
}

function hasLimit({ params }: TaskRunState): boolean {
  return params.some(({ name }) => name === 'timeout');
}

function whatOf({ name, status, phase, waitsFor, tries }: TaskRunState) {
  return { name, status, phase, waitsFor, tries };
}

async function tried(seed: number): Promise<Seen> {
  try {
    return await trial(seed);
  } catch (error) {
    throw new Error(`RUNLEDGER_LOCK_SEED=${seed}: ${(error as Error).message}`, { cause: error });
  }
}

describe('a lock has one holder at a time in the order of the ledger, and is free once all runs have ended', () => {
  if (onlySeed !== undefined) {
    it(`seed ${onlySeed}`, async () => {
      await tried(Number(onlySeed));
    });
    return;
  }

  it(`${seeds} worlds of runs, tries, limits, cancels, kills, late and repeated messages`, async () => {
    const total = { acquired: 0, retried: 0, cancelled: 0, timedout: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const seen = await tried(seed);
        for (const key of ['acquired', 'retried', 'cancelled', 'timedout'] as const) total[key] += seen[key];
      }),
      { numRuns: seeds, seed: 1, endOnFailure: true },
    );
    // Ensures that the test covers every case.
    for (const seen of Object.values(total)) expect(seen).toBeGreaterThan(seeds / 20);
  });
});
