import type { PlannedTask, RunSubmission } from '../../../runs/src/domain';
import { submissionOf, type TaskSketch } from '../../../runs/src/domain/spec/simulation';
import type { Chance } from '../chance';

type Sketch = TaskSketch & Pick<PlannedTask, 'retries' | 'backoff'>;

/** Runs that want locks in different ways. A run that wants two takes them in the order of their names. */
export function randomSubmission(chance: Chance, runId: string): RunSubmission {
  const sketches = chance.of(shapes)(chance);
  const extras = new Map(sketches.map((sketch) => [sketch.name, sketch]));
  const submission = submissionOf([...sketches, { name: 'end', after: sketches.map(({ name }) => name) }]);
  const tasks = submission.tasks.map((task) => {
    const { retries = 0, backoff } = extras.get(task.name) ?? {};
    return { ...task, retries, ...(backoff && { backoff }) };
  });
  return { ...submission, runId, teamId: chance.of(['team-a', 'team-a', 'team-b']), timeout: 60, tasks };
}

const shapes: readonly ((chance: Chance) => readonly Sketch[])[] = [
  (chance) => [
    acquire(chance, 'lock'),
    sleep(chance, 'work', 'lock:success'),
    release('free', 'work'),
    ...rest(chance),
  ],
  (chance) => [acquire(chance, 'lock'), sleep(chance, 'work', 'lock:success')],
  (chance) => [
    acquire(chance, 'one'),
    acquire(chance, 'two'),
    sleep(chance, 'work', 'one', 'two'),
    release('free', 'work'),
    ...rest(chance),
  ],
  (chance) => [
    acquire(chance, 'lock'),
    sleep(chance, 'work', 'lock'),
    release('free', 'work'),
    acquire(chance, 'again', 'k', 'free'),
    sleep(chance, 'more', 'again'),
    release('over', 'more'),
  ],
  (chance) => [
    acquire(chance, 'lock'),
    sleep(chance, 'work', 'lock'),
    sleep(chance, 'nap', 'start'),
    release('free', 'nap'),
    ...rest(chance),
  ],
  (chance) => [acquire(chance, 'lock'), acquire(chance, 'inner', 'z', 'lock:success'), sleep(chance, 'work', 'inner')],
  (chance) => [acquire(chance, 'lock', 'z'), sleep(chance, 'work', 'lock')],
];

function acquire(chance: Chance, name: string, key = 'k', after = 'start'): Sketch {
  const params = { key, ...(chance.is(0.6) && { timeout: 1 + chance.below(40) }) };
  const backoff = { delay: chance.of([0, 1, 10]), factor: 1 + chance.below(2), maxDelay: 20 };
  return { name, type: 'acquirelock', after: [after], params, retries: chance.below(4), backoff };
}

function release(name: string, after: string): Sketch {
  return { name, type: 'releaselock', after: [after], params: { key: 'k' } };
}

function sleep(chance: Chance, name: string, ...after: string[]): Sketch {
  return { name, type: 'sleep', after, params: { duration: chance.below(30) } };
}

function rest(chance: Chance): Sketch[] {
  return chance.is(0.5) ? [sleep(chance, 'rest', 'free')] : [];
}
