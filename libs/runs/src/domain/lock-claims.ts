import { derivedId, type LockClaim, type NamedClaim } from '#libs/kernel';
import { valueOf } from './evolve';
import { taskOfRun } from './graph';
import type { TaskRunState, WorkflowRunState } from './types';

/** What the timers of a claim are filed under. Each claim has its own, so a timer of one is never mistaken for another's. */
export function lockClaimId(taskId: string, tries: number): string {
  return derivedId(taskId, 'lock', tries);
}

/** The try by which a task waits for a lock now; null if it does not. */
export function waitingTry(task: TaskRunState): number | null {
  return task.waitsFor === 'lock' ? task.tries : null;
}

/** Of one state: claims by their ids, of the latest tries first, and how many tries back they have been worked out. */
interface KnownClaims {
  readonly tasks: readonly TaskRunState[];
  readonly byId: Map<string, NamedClaim>;
  back: number;
}

/** By the state: many timers of one run ask about it, and each claim takes a hash. */
const claims = new WeakMap<WorkflowRunState, KnownClaims>();

/** The claim of that id among those that the run has made so far, the latest tries first. */
export function findLockClaim(run: WorkflowRunState, claimId: string): NamedClaim | null {
  let known = claims.get(run);
  if (!known) {
    known = { tasks: run.tasks.filter(({ type }) => type === 'acquirelock'), byId: new Map(), back: -1 };
    claims.set(run, known);
  }
  const most = known.tasks.reduce((tries, task) => Math.max(tries, task.tries), 0);
  for (;;) {
    const claim = known.byId.get(claimId);
    if (claim) return claim;
    if (known.back >= most) return null;
    learnClaims(run.id, known, ++known.back);
  }
}

function learnClaims(runId: string, { tasks, byId }: KnownClaims, back: number): void {
  for (const { id: taskId, tries: last, params } of tasks) {
    const tries = last - back;
    const key = valueOf(params, 'key');
    if (tries >= 0 && typeof key === 'string') byId.set(lockClaimId(taskId, tries), { runId, taskId, tries, key });
  }
}

/**
 * Whether the run waits for the lock by this claim, or holds it. Once this is false it stays so, since a task never goes back to an
 * earlier try, and never acquires twice by one: therefore a state that is read late is as good as the newest to give a lock on.
 */
export function isLiveClaim(run: WorkflowRunState, { taskId, tries }: Omit<LockClaim, 'runId'>): boolean {
  if (run.phase !== 'running') return false;
  const task = taskOfRun(run, taskId);
  const waits = task !== undefined && waitingTry(task) === tries;
  return waits || run.locks.some((lock) => lock.taskId === taskId && lock.tries === tries);
}
