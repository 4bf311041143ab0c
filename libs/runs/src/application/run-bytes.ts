import { jsonBytesOnce } from '#libs/kernel';
import type { Weight } from '#libs/ledger';
import type { WorkflowRunState } from '../domain';

/** The approximate bytes of a TaskRun's object, its id and its numbers. What it refers to is its plan's, or is counted in `bytes` of its run. */
const taskBytes = 512;
/** The approximate bytes of a plan's graph for each task. */
const graphBytes = 256;

/** Bytes of a run without its tasks. Later states of a run share the parts that it does not change: each is counted once. */
function bytesOfRow(state: WorkflowRunState): number {
  const { workflow, requestedParams, params, results, layers, labels, annotations, received } = state;
  const row = [workflow, requestedParams, params, results, layers, labels, annotations, received];
  return row.reduce((bytes, part) => bytes + jsonBytesOnce(part), 0);
}

/** Bytes that a run takes in memory, about: its row, its tasks, and what has been resolved since; and the plan, which runs share. */
export function bytesOfRun(state: WorkflowRunState): Weight {
  const { plan } = state;
  return {
    own: bytesOfRow(state) + taskBytes * plan.length + 2 * (state.bytes ?? 0),
    shared: { by: plan, bytes: 2 * jsonBytesOnce(plan) + graphBytes * plan.length },
  };
}
