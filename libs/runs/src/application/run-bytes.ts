import { jsonBytes } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';

/** Counts a value once for each object that stands for it: what a run does not change, its later states share. */
class Counted {
  private readonly known = new WeakMap<object, number>();

  bytes(key: object, value: unknown = key): number {
    let bytes = this.known.get(key);
    if (bytes === undefined) {
      bytes = jsonBytes(value);
      this.known.set(key, bytes);
    }
    return bytes;
  }
}

const parts = new Counted();
/** By the workflow's object, which is one for all states of a run, as it is the key of their graph. */
const plannedTasks = new Counted();

/** Bytes of a run's row: all but its tasks. */
function bytesOfRow(state: WorkflowRunState): number {
  const { workflow, requestedParams, params, results, layers, labels, annotations, received } = state;
  const row = [workflow, requestedParams, params, results, layers, labels, annotations, received];
  return row.reduce((bytes, part) => bytes + parts.bytes(part), 0);
}

/** Bytes that a run takes in memory, about: its row, its tasks as they were planned, and what has been resolved since. */
export function bytesOfRun(state: WorkflowRunState): number {
  const values = plannedTasks.bytes(state.workflow, state.tasks) + (state.bytes ?? 0);
  return bytesOfRow(state) + 2 * values;
}
