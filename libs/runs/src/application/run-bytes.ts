import { jsonBytes } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';

const counted = new WeakMap<object, number>();

/** Counted once for each object: what a run does not change, its later states share. */
function once(part: object, of: unknown = part): number {
  let bytes = counted.get(part);
  if (bytes === undefined) {
    bytes = jsonBytes(of);
    counted.set(part, bytes);
  }
  return bytes;
}

/** Bytes of a run's row: all but its tasks. */
function bytesOfRow(state: WorkflowRunState): number {
  const { workflow, requestedParams, params, results, layers, labels, annotations, received } = state;
  const parts = [workflow, requestedParams, params, results, layers, labels, annotations, received];
  return parts.reduce((bytes, part) => bytes + once(part), 0);
}

const definitions = new WeakMap<object, number>();

/** Bytes that a run takes in memory, about: its row, its tasks as they were planned, and what has been resolved since. */
export function bytesOfRun(state: WorkflowRunState): number {
  // The workflow's object is one for all states of a run, as the graph's key is.
  let planned = definitions.get(state.workflow);
  if (planned === undefined) {
    planned = 2 * jsonBytes(state.tasks);
    definitions.set(state.workflow, planned);
  }
  return bytesOfRow(state) + planned + 2 * (state.bytes ?? 0);
}

/** Bytes that a change of a run writes, about: its row, and its tasks where they are new, else what they have grown by. */
export function bytesWritten(before: WorkflowRunState | null, after: WorkflowRunState): number {
  if (before === null) return bytesOfRun(after);
  return bytesOfRow(after) + Math.max(0, (after.bytes ?? 0) - (before.bytes ?? 0));
}
