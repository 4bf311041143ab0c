import { jsonBytes } from '#libs/kernel';
import type { TaskRunEnded } from './events';
import { ParameterError } from './parameter-error';
import type { TaskRunSpec, WorkflowRunState } from './types';

export type TaskOutcome = Omit<TaskRunEnded['data'], 'at' | 'taskId' | 'duration'>;

/** Each bound is called by its name in the message that refuses. Bytes are counted by `jsonBytes`. */
export const parameterBounds = {
  /** Params in one chain of references, the first and the last included. */
  'reference-depth': 10,
  /** Tokens that are looked up for one task, or for the params of a run. */
  'substitution-tokens': 10_000,
  /** Bytes that tokens bring into one task, or into the params of a run. */
  'substitution-bytes': 4 * 1024 * 1024,
  /** Levels of lists and objects in one value. */
  'value-depth': 100,
  /** Bytes of the params and the spec of one task, resolved. */
  'task-bytes': 4 * 1024 * 1024,
  /** Bytes of all resolved params and of all results of a run, its tasks included. */
  'run-bytes': 8 * 1024 * 1024,
  /** Work of all substitutions for tasks of a run: 128 for each token, and the bytes of each text that a path goes into. */
  'run-work': 32 * 1024 * 1024,
} as const;

/** What looking up one token counts for in `run-work`. */
export const workOfToken = 128;

export function beyond(bound: keyof typeof parameterBounds, what: string): ParameterError {
  const limit = parameterBounds[bound];
  return new ParameterError(`${what} (bound ${bound}: ${limit}).`);
}

/** @throws ParameterError where the run would have more than `run-bytes`. */
export function refuseLargeRun(state: WorkflowRunState, added: number): void {
  if ((state.bytes ?? 0) + added <= parameterBounds['run-bytes']) return;
  throw beyond('run-bytes', "The run's resolved params and results would take too many bytes");
}

/** @throws ParameterError where the tasks of the run have had `run-work` already. */
export function refuseWornOutRun({ work = 0 }: WorkflowRunState): void {
  if (work >= parameterBounds['run-work']) throw beyond('run-work', "The run's tasks have too many tokens in all");
}

/**
 * What a task ends with; `failed`, without the results, where the run would have too much of them.
 * @param bytes of the results, where they are known.
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

/** @throws ParameterError where the task, or with it the run, is too large. */
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
