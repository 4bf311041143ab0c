import { noItem } from '#libs/ledger';
import { isRetried, lockClaimId, type TaskRunState, waitingTry, type WorkflowRunState } from '../domain';
import type { ChangedTask, RunChange } from './changed-tasks';

/** The kinds of a run's timers; those of the second part are due at once: work outside the run's stream. */
type RunTimerKind =
  | 'run-timeout'
  | 'task-timeout'
  | 'task-wake'
  | 'run-retry'
  | 'parent-notify'
  | 'child-start'
  | 'child-cancel'
  | 'lock-request'
  | 'lock-release'
  | 'action-open'
  | 'schedule-create';

interface TimerRow {
  readonly stream_id: string;
  readonly kind: RunTimerKind;
  readonly item_id: string;
  /** Milliseconds since the epoch; null removes the timer. */
  readonly due: number | null;
}

/** The timers that a change of a run sets and takes away. */
export function timerRows(change: RunChange, tasks: readonly ChangedTask[]): TimerRow[] {
  const { before, after, events } = change;
  const now = events.at(-1)?.data.at ?? after.creationDate;
  const rows: TimerRow[] = [];
  const put = (kind: RunTimerKind, item: string, due: number | null) =>
    rows.push({ stream_id: after.id, kind, item_id: item, due });
  const set = (kind: RunTimerKind, item: string, was: number | null, is: number | null) => {
    if (was !== is) put(kind, item, is);
  };

  set('run-timeout', noItem, before && runDue(before), runDue(after));
  if (hasCompleted(before, after)) {
    // The task that waits for the run waits for its retries too: the last of them ends it.
    if (isRetried(after)) put('run-retry', noItem, now);
    else if (after.parent?.wait) put('parent-notify', noItem, now);
    for (const { taskId, tries } of after.locks) put('lock-release', lockClaimId(taskId, tries), now);
  }
  const acquired = new Set<string>();
  for (const event of events) {
    if (event.type !== 'LockAcquired' && event.type !== 'LockReleased') continue;
    const claimId = lockClaimId(event.data.taskId, event.data.tries);
    if (event.type === 'LockAcquired') acquired.add(claimId);
    else put('lock-release', claimId, now);
  }
  for (const { was, is } of tasks) {
    set('task-timeout', is.id, was ? taskDue(was) : null, taskDue(is));
    set('task-wake', is.id, was ? wakeDue(was) : null, wakeDue(is));
    for (const [kind, waits] of starters) {
      const did = was !== undefined && waits(was);
      const does = waits(is);
      if (did !== does) put(kind, is.id, does ? now : null);
    }
    if (was?.waitsFor === 'child' && was.child?.wait && stopped.has(is.status)) put('child-cancel', is.id, now);
    const wasWaiting = was ? waitingTry(was) : null;
    const isWaiting = waitingTry(is);
    if (wasWaiting === isWaiting) continue;
    // Each claim is requested once and given up once, under its own id.
    if (isWaiting !== null) put('lock-request', lockClaimId(is.id, isWaiting), now);
    if (wasWaiting === null) continue;
    const claimId = lockClaimId(is.id, wasWaiting);
    put('lock-request', claimId, null);
    if (!acquired.has(claimId)) put('lock-release', claimId, now);
  }
  return rows;
}

/** Something other than the awaited thing ended it. */
const stopped: ReadonlySet<string> = new Set(['cancelled', 'timedout', 'skipped']);

/** The work outside the stream that a waiting task requests. */
const starters: readonly (readonly [RunTimerKind, (task: TaskRunState) => boolean])[] = [
  ['child-start', (task) => task.waitsFor === 'child'],
  ['action-open', (task) => task.waitsFor === 'action' && task.action?.approverGroupRef !== null],
  ['schedule-create', (task) => task.waitsFor === 'schedule'],
];

function hasCompleted(before: WorkflowRunState | null, after: WorkflowRunState): boolean {
  const isOver = (state: WorkflowRunState) => state.phase === 'completed' || state.phase === 'finalized';
  return isOver(after) && !(before && isOver(before));
}

export function runDue(run: WorkflowRunState): number | null {
  return run.phase === 'running' && run.startTime !== null && run.timeout > 0
    ? run.startTime + run.timeout * 60_000
    : null;
}

export function taskDue(task: TaskRunState): number | null {
  return task.phase === 'running' && task.startTime !== null && task.timeout > 0
    ? task.startTime + task.timeout * 60_000
    : null;
}

function wakeDue(task: TaskRunState): number | null {
  return task.status === 'waiting' ? task.wakeAt : null;
}
