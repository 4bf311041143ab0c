import { jsonBytes } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';

/** Counts each object once: later states of a run share the parts that it does not change. */
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
/** By the workflow's object, which all states of a run share, and which is also the key of their graph. */
const plannedTasks = new Counted();

/** Bytes of a run without its tasks. */
function bytesOfRow(state: WorkflowRunState): number {
  const { workflow, requestedParams, params, results, layers, labels, annotations, received } = state;
  const row = [workflow, requestedParams, params, results, layers, labels, annotations, received];
  return row.reduce((bytes, part) => bytes + parts.bytes(part), 0);
}

/** The approximate bytes of a run in memory: the run, its planned tasks, and what has been resolved since. */
export function bytesOfRun(state: WorkflowRunState): number {
  const values = plannedTasks.bytes(state.workflow, state.tasks) + (state.bytes ?? 0);
  return bytesOfRow(state) + 2 * values;
}
