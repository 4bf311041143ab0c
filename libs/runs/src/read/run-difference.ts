import type { WorkflowRunBody } from '#libs/contracts';
import { type Json, type JsonChange, jsonDifference, jsonPath } from '#libs/kernel';

/**
 * What differs between two answers about a run, field by field. The duration of what runs in both is left out: it grows
 * by itself.
 */
export function runDifference(was: WorkflowRunBody, is: WorkflowRunBody): JsonChange[] {
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
