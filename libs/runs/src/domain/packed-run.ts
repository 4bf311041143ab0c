import { newTaskRun } from './evolve';
import type { WorkflowRunSubmitted } from './events';
import { idOfTask } from './graph';
import type { Plan, PlannedTask, TaskRunState, WorkflowRunState } from './types';

/** A submission as it is stored: with the hash of its plan in place of its tasks. */
export type PackedSubmission = Omit<WorkflowRunSubmitted['data'], 'tasks'> & { readonly plan: string };
/** As the first version stored it. */
export type CopiedSubmission = Omit<WorkflowRunSubmitted['data'], 'tasks'> & {
  readonly tasks: readonly (PlannedTask & { readonly id: string })[];
};

/** A run without what its plan says: of each task, what is not as it was at the submit. */
export type PackedRun = Omit<WorkflowRunState, 'plan' | 'tasks'> & {
  /** Stands for the plan. */
  readonly plan: string;
  readonly tasks: readonly Partial<TaskRunState>[];
};

export function packRun(state: WorkflowRunState, plan: string): PackedRun {
  const tasks = state.tasks.map((task, place) => differences(task, submittedTask(state, state.plan, place)));
  return { ...state, plan, tasks };
}

export function unpackRun(packed: PackedRun, plan: Plan): WorkflowRunState {
  const tasks = packed.tasks.map((own, place) => ({ ...submittedTask(packed, plan, place), ...own }));
  return { ...packed, plan, tasks };
}

function submittedTask({ id, creationDate }: Pick<PackedRun, 'id' | 'creationDate'>, plan: Plan, place: number) {
  const planned = plan[place];
  if (!planned) throw new Error(`Run ${id} has more tasks than its plan`);
  return newTaskRun(planned, idOfTask(id, place), creationDate);
}

function differences(task: TaskRunState, base: TaskRunState): Partial<TaskRunState> {
  const names = Object.keys(task) as (keyof TaskRunState)[];
  return Object.fromEntries(names.flatMap((name) => (task[name] === base[name] ? [] : [[name, task[name]]])));
}
