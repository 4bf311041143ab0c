import { jsonBytes } from '#libs/kernel';
import type { TaskRunEnded } from './events';
import { ParameterError } from './parameter-error';
import type { TaskRunSpec, WorkflowRunState } from './types';

export type TaskOutcome = Omit<TaskRunEnded['data'], 'at' | 'taskId' | 'duration'>;

/** A refusal names each bound by its name here. `jsonBytes` counts the bytes. */
export const parameterBounds = {
  /** The most params in one chain of references, including the first and the last. */
  'reference-depth': 10,
  /** The most tokens of one task, or of the params of a run. */
  'substitution-tokens': 10_000,
  /** The most bytes of values for the tokens of one task, or of the params of a run. */
  'substitution-bytes': 4 * 1024 * 1024,
  /** The most levels of lists and objects in one value. */
  'value-depth': 100,
  /** The most bytes of the resolved params and spec of one task. */
  'task-bytes': 4 * 1024 * 1024,
  /** The most bytes of all resolved params and all results of a run, including its tasks. */
  'run-bytes': 8 * 1024 * 1024,
  /**
   * The most work of all substitutions for tasks of a run: 128 for each token, and the bytes of each text that a path
   * looks into.
   */
  'run-work': 32 * 1024 * 1024,
} as const;

/** What one token counts in `run-work`. */
export const workOfToken = 128;

export function beyond(bound: keyof typeof parameterBounds, what: string): ParameterError {
  const limit = parameterBounds[bound];
  return new ParameterError(`${what} (bound ${bound}: ${limit}).`);
}

/** @throws ParameterError if the run would have more than `run-bytes`. */
export function refuseLargeRun(state: WorkflowRunState, added: number): void {
  if ((state.bytes ?? 0) + added <= parameterBounds['run-bytes']) return;
  throw beyond('run-bytes', "The run's resolved params and results would take too many bytes");
}

/** @throws ParameterError if the tasks of the run have used up `run-work`. */
export function refuseWornOutRun({ work = 0 }: WorkflowRunState): void {
  if (work >= parameterBounds['run-work']) throw beyond('run-work', "The run's tasks have too many tokens in all");
}

/**
 * The end of a task; `failed`, without its results, if they would make the run too large.
 * @param bytes of the results, if known.
 */
export function withinRun(state: WorkflowRunState, outcome: TaskOutcome, bytes?: number): TaskOutcome {
  if (!outcome.results) return outcome;
  try {
    refuseLargeRun(state, bytes ?? jsonBytes(outcome.results));
    return outcome;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const { results: _results, ...rest } = outcome;
    return { ...rest, status: 'failed', statusMessage: error.message };
  }
}

/** @throws ParameterError if the task, or with it the run, is too large. */
export function refuseLargeTask(
  state: WorkflowRunState,
  resolved: { readonly params: unknown; readonly spec: TaskRunSpec },
): void {
  const bytes = jsonBytes(resolved.params) + jsonBytes(resolved.spec);
  if (bytes > parameterBounds['task-bytes']) {
    throw beyond('task-bytes', "The task's params and spec take too many bytes once they are resolved");
  }
  refuseLargeRun(state, bytes);
}
