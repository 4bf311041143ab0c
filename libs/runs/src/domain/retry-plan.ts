import { RefusedError } from '#libs/kernel';
import { graphOf } from './graph';
import type { ReusedTask, TaskRunState, WorkflowRunState } from './types';

/** What a retry runs again, and what it takes over from the original. */
export interface RetryPlan {
  readonly run: readonly TaskRunState[];
  readonly reused: Readonly<Record<string, ReusedTask>>;
}

/** Ended in a way that says nothing about the task itself: it was stopped. */
const stopped: ReadonlySet<string> = new Set(['cancelled', 'timedout']);
const failed: ReadonlySet<string> = new Set(['failed', 'invalid']);

/**
 * Which tasks run again. `failed`: those that failed, and what comes after them. The name of a task: that task, and what comes after
 * it. Absent: all. Tasks that were stopped, and what comes after them, run again in any case; so do those that held a lock, since the
 * new run does not hold it, with all that was done under it.
 * @throws RefusedError WORKFLOWRUN_INVALID_REQUIREMENT for a task that the run does not have.
 */
export function planRetry(original: WorkflowRunState, from?: string): RetryPlan {
  const graph = graphOf(original);
  if (from === undefined) return { run: original.tasks, reused: {} };
  // No task is called so, but for those of runs that were made before that was refused.
  const isOfFailed = from === 'failed';
  const named = isOfFailed ? undefined : graph.names.get(from);
  if (!isOfFailed && named === undefined) {
    throw new RefusedError(
      'WORKFLOWRUN_INVALID_REQUIREMENT',
      `Invalid WorkflowRun request. Parameter from must be failed, or the name of a task of the run; there is no task ${from}.`,
    );
  }
  const first = original.tasks.flatMap((task, place) => {
    if (task.type === 'start') return named === place ? [place] : [];
    const runsAgain =
      named === place ||
      task.type === 'end' ||
      stopped.has(task.status) ||
      task.phase !== 'completed' ||
      (named === undefined && failed.has(task.status));
    return runsAgain ? [place] : [];
  });
  let again = downstream(first, graph.dependents);
  const locks = original.tasks.flatMap((task, place) =>
    task.type === 'acquirelock' && !again.has(place) ? [place] : [],
  );
  // A lock matters where something after it runs again.
  const needed = locks.filter((place) =>
    [...downstream([place], graph.dependents)].some((each) => again.has(each) && original.tasks[each]?.type !== 'end'),
  );
  if (needed.length > 0) again = downstream([...again, ...needed], graph.dependents);
  return {
    run: original.tasks.filter((task, place) => again.has(place) && task.type !== 'start'),
    reused: Object.fromEntries(
      original.tasks.flatMap((task, place) =>
        again.has(place) || task.type === 'start' ? [] : [[task.name, outcomeOf(task)]],
      ),
    ),
  };
}

function downstream(first: readonly number[], dependents: readonly (readonly number[])[]): Set<number> {
  const found = new Set(first);
  const queue = [...found];
  for (let head = 0; head < queue.length; head++) {
    for (const place of dependents[queue[head] ?? -1] ?? []) {
      if (found.has(place)) continue;
      found.add(place);
      queue.push(place);
    }
  }
  return found;
}

function outcomeOf(task: TaskRunState): ReusedTask {
  const { id, status, statusMessage, startTime, duration, params, results, decisionValue } = task;
  return { taskRunId: id, status, statusMessage, startTime, duration, params, results, decisionValue };
}

/** Whether the run is retried by itself. */
export function isRetried({ status, retries, retry }: WorkflowRunState): boolean {
  const endedBadly = status === 'failed' || status === 'timedout';
  return endedBadly && retries > (retry?.count ?? 0);
}
