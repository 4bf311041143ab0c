import { jsonBytes } from '#libs/kernel';
import { maxTaskResults } from './bounds';
import type { Decision } from './decision';
import type { RunEvent } from './events';

export type Outcome = Omit<Extract<RunEvent, { type: 'TaskRunEnded' }>['data'], 'at' | 'taskId' | 'duration'>;

/**
 * The outcome of a task as it is, or a failure that names the bound where the results of the run's tasks would be too large.
 * @param bytes of the results, where they are known.
 */
export function withinResults(decision: Decision, outcome: Outcome, bytes?: number): Outcome {
  const { results, ...rest } = outcome;
  if (!results || (decision.state.resultBytes ?? 0) + (bytes ?? jsonBytes(results)) <= maxTaskResults) return outcome;
  const statusMessage = `The results of all tasks of a run have at most ${maxTaskResults} bytes; these would have been more.`;
  return { ...rest, status: 'failed', statusMessage };
}
