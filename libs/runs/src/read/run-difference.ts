import type { WorkflowRunBody } from '#libs/contracts';
import { type Json, type JsonChange, jsonDifference, jsonPath } from '#libs/kernel';
import type { WorkflowRunState } from '../domain';
import { toRunBody } from './run-body';
import type { ShownNames } from './shown-names';

export interface ShownRun {
  readonly state: WorkflowRunState;
  readonly now: number;
}

/**
 * What differs between two answers about a run, field by field. The duration of what runs in both is left out: it grows
 * by itself.
 */
export function runDifference(before: ShownRun, after: ShownRun, names: ShownNames): JsonChange[] {
  const [was, is] = [before, after].map(({ state, now }) => toRunBody(state, now, { withTasks: true, names }));
  if (!was || !is) return [];
  const growing = growingDurations(was, is);
  return jsonDifference(was as unknown as Json, is as unknown as Json).filter(({ path }) => !growing.has(path));
}

function growingDurations(was: WorkflowRunBody, is: WorkflowRunBody): ReadonlySet<string> {
  const paths = new Set<string>();
  if (was.phase === 'running' && is.phase === 'running') paths.add('/duration');
  for (const [place, task] of (is.tasks ?? []).entries()) {
    const isRunning = task.phase === 'running' && was.tasks?.[place]?.phase === 'running';
    if (isRunning) paths.add(jsonPath('tasks', task.name, 'duration'));
  }
  return paths;
}
