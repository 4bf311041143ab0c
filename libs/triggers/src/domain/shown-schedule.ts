import type { ScheduleState, ScheduleStatus } from './schedule';

/** Why the workflow makes no runs for the schedule; null if it does. */
export type WorkflowStop = 'deleted' | 'inactive' | 'team' | 'trigger' | null;

/** A schedule with the status that follows from its workflow. */
export interface ShownSchedule extends ScheduleState {
  readonly workflowName: string;
}

const messages: Readonly<Record<Exclude<WorkflowStop, null>, string>> = {
  deleted: 'The Workflow is deleted, so the Schedule makes no runs.',
  team: 'The team is not active, so the Schedule makes no runs until it is.',
  inactive: 'The Workflow is not active, so the Schedule makes no runs until it is.',
  trigger: "The Workflow's schedule trigger is not enabled, so the Schedule makes no runs until it is.",
};

const goesOn: ReadonlySet<ScheduleStatus> = new Set(['active', 'trigger_disabled', 'error']);

/**
 * A schedule follows its workflow at once, without an event: if the workflow makes no runs for it, it has no next date
 * and says why. It goes on when the workflow makes runs again.
 */
export function shownWith(
  schedule: ScheduleState,
  workflow: { readonly name: string; readonly stop: WorkflowStop },
): ShownSchedule {
  const shown = { ...schedule, workflowName: workflow.name };
  if (!goesOn.has(schedule.status)) return { ...shown, nextDate: null };
  // A schedule that a task made does not need the trigger.
  const stop = workflow.stop === 'trigger' && schedule.isTrusted ? null : workflow.stop;
  if (stop !== null) {
    const status = stop === 'deleted' ? 'error' : 'trigger_disabled';
    return { ...shown, status, statusMessage: messages[stop], nextDate: null };
  }
  if (schedule.status === 'trigger_disabled' && schedule.nextDate !== null)
    return { ...shown, status: 'active', statusMessage: null };
  return shown;
}
