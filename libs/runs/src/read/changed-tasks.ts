import type { StreamChange } from '#libs/ledger';
import { placeOfTask, type RunEvent, type TaskRunState, type WorkflowRunState } from '../domain';

export type RunChange = StreamChange<WorkflowRunState, RunEvent>;

export interface ChangedTask {
  readonly was: TaskRunState | undefined;
  readonly is: TaskRunState;
  readonly ordinal: number;
}

/** The tasks that the batch changed: all of a new run, else those that its events name. */
export function changedTasks({ before, after, events }: RunChange): readonly ChangedTask[] {
  if (before === null) return after.tasks.map((is, ordinal) => ({ was: undefined, is, ordinal }));
  const ordinals = new Set(events.flatMap(({ data }) => ('taskId' in data ? [placeOfTask(after, data.taskId)] : [])));
  return [...ordinals].flatMap((ordinal) => {
    const was = before.tasks[ordinal];
    const is = after.tasks[ordinal];
    return is && was !== is ? [{ was, is, ordinal }] : [];
  });
}
