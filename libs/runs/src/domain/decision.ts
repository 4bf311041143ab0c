import { RefusedError } from '#libs/kernel';
import type { RunEvent } from './events';
import { evolve } from './evolve';
import { type Matches, type SizeOf, taskOfRun } from './graph';
import type { TaskRunState, WorkflowRunState } from './types';

/** What the domain cannot do by itself: match a user's regular expression against a whole value, and seal secrets. */
export interface Means {
  /** Must not throw; an invalid pattern matches nothing. */
  readonly matches: Matches;
  readonly sizeOf: SizeOf;
  readonly seal: (text: string) => string;
  /** The value with its sealed parts opened. */
  readonly open: <Value>(value: Value) => Value;
}

/** A decision in progress: the state after the events so far. */
export class Decision {
  readonly events: RunEvent[] = [];

  constructor(
    public state: WorkflowRunState,
    readonly now: number,
    readonly means: Means,
  ) {}

  emit(event: RunEvent): void {
    this.events.push(event);
    this.state = evolve(this.state, event);
  }

  task(taskId: string): TaskRunState {
    const task = taskOfRun(this.state, taskId);
    if (!task) throw new RefusedError('TASKRUN_INVALID_REFERENCE', 'Invalid TaskRun reference has been provided.');
    return task;
  }

  get matches(): Matches {
    return this.means.matches;
  }

  /** Milliseconds since the item started; 0 if it has not. */
  since(startTime: number | null): number {
    return startTime === null ? 0 : Math.max(0, this.now - startTime);
  }
}

export function wrongPhase(current: string, needed: string): RefusedError {
  return new RefusedError(
    'WORKFLOWRUN_INVALID_PHASE',
    `Invalid WorkflowRun request. WorkflowRun is not in the correct phase. Current: ${current}, Needed: ${needed}.`,
  );
}
