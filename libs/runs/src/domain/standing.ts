import type { RunPhase, RunStatus } from '#libs/kernel';
import type { RunEvent } from './events';

/** Where a run stands. */
export interface Standing {
  readonly status: RunStatus;
  readonly phase: RunPhase;
}

/** The events that can change where a run stands. */
export const standingEventTypes = [
  'WorkflowRunSubmitted',
  'WorkflowRunQueued',
  'WorkflowRunClaimed',
  'WorkflowRunReleased',
  'WorkflowRunStarted',
  'WorkflowRunCompleted',
  'WorkflowRunCancelled',
  'WorkflowRunTimedOut',
  'WorkflowRunFinalized',
] as const satisfies readonly RunEvent['type'][];

/** What `standingAfter` needs of an event. */
export interface StandingEvent {
  readonly type: string;
  readonly data: unknown;
}

/** The part of the state that lists filter by, after an event: as `evolve` has it, without the rest. Null: the run has not begun. */
export function standingAfter(before: Standing | null, { type, data }: StandingEvent): Standing | null {
  const event = { type, data } as RunEvent;
  if (event.type === 'WorkflowRunSubmitted') return { status: 'notstarted', phase: 'pending' };
  if (before === null) return null;
  switch (event.type) {
    case 'WorkflowRunQueued':
      return { ...before, status: 'ready' };
    case 'WorkflowRunClaimed':
      return event.data.purpose === 'start' ? { ...before, phase: 'queued' } : before;
    case 'WorkflowRunReleased':
      return before.phase === 'queued' ? { ...before, phase: 'pending' } : before;
    case 'WorkflowRunStarted':
      return { status: 'running', phase: 'running' };
    case 'WorkflowRunCompleted':
      return { status: event.data.status, phase: 'completed' };
    case 'WorkflowRunCancelled':
      return { status: 'cancelled', phase: 'completed' };
    case 'WorkflowRunTimedOut':
      return { status: 'timedout', phase: 'completed' };
    case 'WorkflowRunFinalized':
      return { ...before, phase: 'finalized' };
    default:
      return before;
  }
}

/** The events with which a run ends. */
export const endingEventTypes: readonly string[] = [
  'WorkflowRunCompleted',
  'WorkflowRunCancelled',
  'WorkflowRunTimedOut',
];
