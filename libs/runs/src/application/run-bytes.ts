import { jsonBytes, type Weight } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';

/** Counts a value once for each object that stands for it: what a run does not change, its later states share. */
class Counted {
  private readonly known = new WeakMap<object, number>();

  bytes(key: object): number {
    let bytes = this.known.get(key);
    if (bytes === undefined) {
      bytes = jsonBytes(key);
      this.known.set(key, bytes);
    }
    return bytes;
  }
}

const parts = new Counted();

/** Bytes of a TaskRun's object, its id and what it has of numbers, about. What it refers to is its plan's, or is in `bytes` of its run. */
const taskBytes = 512;
/** Bytes that the graph of a plan takes for each task, about. */
const graphBytes = 256;

/** Bytes of a run's row: all but its tasks. */
function bytesOfRow(state: WorkflowRunState): number {
  const { workflow, requestedParams, params, results, layers, labels, annotations, received } = state;
  const row = [workflow, requestedParams, params, results, layers, labels, annotations, received];
  return row.reduce((bytes, part) => bytes + parts.bytes(part), 0);
}

/** Bytes that a run takes in memory, about: its row, its tasks, and what has been resolved since; and the plan, which runs share. */
export function bytesOfRun(state: WorkflowRunState): Weight {
  const { plan } = state;
  return {
    own: bytesOfRow(state) + taskBytes * plan.length + 2 * (state.bytes ?? 0),
    shared: { by: plan, bytes: 2 * parts.bytes(plan) + graphBytes * plan.length },
  };
}
