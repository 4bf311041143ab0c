import type { StreamChange, ViewUpdate } from '#libs/ledger';
import { agentTaskTypes, type RunEvent, type TaskRunState, type WorkflowRunState } from '../domain';

export type RunChange = StreamChange<WorkflowRunState, RunEvent>;

const noTask = '00000000-0000-0000-0000-000000000000';
const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

/** The rows of every inline view that follow from a batch's changes of runs. `leaseSeconds`: how long a claim holds. */
export function projectRuns(changes: readonly RunChange[], leaseSeconds: number): ViewUpdate[] {
  return [
    { sqlFunction: 'workflow_run_apply', rows: changes.map(runRow) },
    { sqlFunction: 'task_run_apply', rows: changes.flatMap(taskRows) },
    { sqlFunction: 'run_count_apply', rows: countRows(changes) },
    { sqlFunction: 'agent_queue_apply', rows: changes.flatMap((change) => queueRows(change, leaseSeconds)) },
    { sqlFunction: 'timer_apply', rows: changes.flatMap(timerRows) },
  ];
}

function runRow({ after, version }: RunChange) {
  const { tasks: _tasks, ...state } = after;
  return {
    id: after.id,
    team_id: after.teamId,
    workflow_id: after.workflow.id,
    status: after.status,
    phase: after.phase,
    trigger: after.trigger,
    created: after.creationDate,
    labels: after.labels,
    version,
    state,
  };
}

/** The tasks that the batch changed; those it left alone are the same objects as before. */
function changedTasks({
  before,
  after,
}: RunChange): { was: TaskRunState | undefined; is: TaskRunState; ordinal: number }[] {
  return after.tasks.flatMap((is, ordinal) => {
    const was = before?.tasks[ordinal];
    return was === is ? [] : [{ was, is, ordinal }];
  });
}

function taskRows(change: RunChange) {
  return changedTasks(change).map(({ is, ordinal }) => ({ id: is.id, run_id: change.after.id, ordinal, state: is }));
}

function countRows(changes: readonly RunChange[]) {
  const deltas = new Map<string, { row: Record<string, unknown>; delta: number }>();
  const add = (state: WorkflowRunState, delta: number) => {
    const row = {
      team_id: state.teamId,
      workflow_id: state.workflow.id,
      day: new Date(state.creationDate).toISOString().slice(0, 10),
      status: state.status,
      phase: state.phase,
      trigger: state.trigger,
    };
    const key = Object.values(row).join();
    const entry = deltas.get(key) ?? { row, delta: 0 };
    entry.delta += delta;
    deltas.set(key, entry);
  };
  for (const { before, after } of changes) {
    if (before && before.status === after.status && before.phase === after.phase) continue;
    if (before) add(before, -1);
    add(after, 1);
  }
  // In the order of the key, so that two shards' batches would lock rows in one order.
  return [...deltas]
    .filter(([, { delta }]) => delta !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { row, delta }]) => ({ ...row, delta }));
}

interface QueueRow {
  readonly state: 'ready' | 'leased' | 'stopping';
  readonly kind: 'task' | 'run' | 'finalize';
  readonly agentId: string | null;
  readonly fence: number;
}

function queueRows(change: RunChange, leaseSeconds: number) {
  const { before, after } = change;
  const rows: Record<string, unknown>[] = [];
  const put = (id: string, taskType: string, was: QueueRow | null, is: QueueRow | null) => {
    if (is === null) {
      if (was !== null) rows.push({ id, state: null });
      return;
    }
    if (was && was.state === is.state && was.fence === is.fence && was.kind === is.kind) return;
    rows.push({
      id,
      run_id: after.id,
      kind: is.kind,
      team_id: after.teamId,
      task_type: taskType,
      state: is.state,
      agent_id: is.agentId,
      fence: is.fence,
      lease: leaseSeconds,
      queued: change.events.length > 0 ? lastAt(change.events) : after.creationDate,
    });
  };
  put(after.id, 'run', before && queuedRun(before), queuedRun(after));
  for (const { was, is } of changedTasks(change)) put(is.id, is.type, was ? queuedTask(was) : null, queuedTask(is));
  return rows;
}

function lastAt(events: readonly RunEvent[]): number {
  return events.at(-1)?.data.at ?? 0;
}

function queuedRun(run: WorkflowRunState): QueueRow | null {
  if (run.phase === 'pending') return { state: 'ready', kind: 'run', agentId: null, fence: run.fence };
  if (run.phase === 'queued') return { state: 'leased', kind: 'run', agentId: run.agentRef, fence: run.fence };
  if (run.phase === 'completed') {
    const claimed = run.finalizing;
    return {
      state: claimed ? 'leased' : 'ready',
      kind: 'finalize',
      agentId: claimed ? run.agentRef : null,
      fence: run.fence,
    };
  }
  return null;
}

function queuedTask(task: TaskRunState): QueueRow | null {
  if (!agentTypes.has(task.type)) return null;
  if (task.status === 'ready' && task.phase === 'pending') {
    return { state: 'ready', kind: 'task', agentId: null, fence: task.fence };
  }
  const held = task.agentRef !== null;
  if (held && (task.phase === 'queued' || task.phase === 'running')) {
    return { state: 'leased', kind: 'task', agentId: task.agentRef, fence: task.fence };
  }
  if (held && task.phase === 'completed' && (task.status === 'cancelled' || task.status === 'timedout')) {
    return { state: 'stopping', kind: 'task', agentId: task.agentRef, fence: task.fence };
  }
  return null;
}

function timerRows(change: RunChange) {
  const { before, after } = change;
  const rows: Record<string, unknown>[] = [];
  const set = (kind: string, taskId: string, was: number | null, is: number | null) => {
    if (was !== is) rows.push({ run_id: after.id, kind, task_id: taskId, due: is });
  };
  set('run-timeout', noTask, before && runDue(before), runDue(after));
  for (const { was, is } of changedTasks(change)) {
    set('task-timeout', is.id, was ? taskDue(was) : null, taskDue(is));
    set('task-wake', is.id, was ? wakeDue(was) : null, wakeDue(is));
  }
  return rows;
}

function runDue(run: WorkflowRunState): number | null {
  return run.phase === 'running' && run.startTime !== null && run.timeout > 0
    ? run.startTime + run.timeout * 60_000
    : null;
}

function taskDue(task: TaskRunState): number | null {
  return task.phase === 'running' && task.startTime !== null && task.timeout > 0
    ? task.startTime + task.timeout * 60_000
    : null;
}

function wakeDue(task: TaskRunState): number | null {
  return task.status === 'waiting' ? task.wakeAt : null;
}
