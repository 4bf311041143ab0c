import { isDeepStrictEqual } from 'node:util';
import type { WorkflowRunState } from '../domain';

/** What lists show of a run and what is fixed with its submit, but for what a start adds. */
const fixedFields = [
  'id',
  'teamId',
  'teamName',
  'workflow',
  'trigger',
  'creationDate',
  'labels',
  'annotations',
  'params',
  'workspaces',
  'timeout',
  'retries',
  'debug',
  'initiator',
  'parent',
  'retry',
] as const satisfies readonly (keyof WorkflowRunState)[];

/** What lists show of a run and what changes as it goes on. */
const changingFields = [
  'status',
  'phase',
  'statusMessage',
  'startTime',
  'duration',
  'results',
  'awaitingApproval',
] as const satisfies readonly (keyof WorkflowRunState)[];

export type FixedPart = Pick<WorkflowRunState, (typeof fixedFields)[number]>;
export type ChangingPart = Pick<WorkflowRunState, (typeof changingFields)[number]>;

/** A run as lists show it: what only decisions need is in the ledger alone. */
export type RunSummary = FixedPart & ChangingPart;

export function fixedPart(state: WorkflowRunState): FixedPart {
  const { id, teamId, teamName, workflow, trigger, creationDate, labels, annotations, params, workspaces } = state;
  const { timeout, retries, debug, initiator, parent, retry } = state;
  const first = { id, teamId, teamName, workflow, trigger, creationDate, labels, annotations, params, workspaces };
  return { ...first, timeout, retries, debug, initiator, parent, ...(retry && { retry }) };
}

export function changingPart(state: WorkflowRunState): ChangingPart {
  const { status, phase, statusMessage, startTime, duration, results, awaitingApproval } = state;
  return { status, phase, statusMessage, startTime, duration, results, awaitingApproval };
}

/** Whether the states differ in what is fixed with the submit: a start may add to it, and so may a timeout. */
export function hasOverlay(before: WorkflowRunState, after: WorkflowRunState): boolean {
  return fixedFields.some((field) => before[field] !== after[field] && !isDeepStrictEqual(before[field], after[field]));
}

/** Whether the states differ in what changes as a run goes on: most of what happens to tasks is not among it. */
export function hasChanged(before: WorkflowRunState, after: WorkflowRunState): boolean {
  return changingFields.some((field) => before[field] !== after[field]);
}
