import type { ActionRow } from '#libs/contracts';
import { agentTaskTypes, type ItemKind } from '#libs/kernel';
import type { ViewUpdate } from '#libs/ledger';
import { bytesOfTask, type RunEvent, type TaskRunState, type WorkflowRunState } from '../domain';
import { type ChangedTask, changedTasks, type RunChange } from './changed-tasks';
import { changingPart, fixedPart, hasChanged, hasOverlay } from './run-summary';
import { timerRows } from './run-timers-projection';

const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

/** The rows of every inline view that follow from a batch's changes of runs. `leaseSeconds`: how long a claim holds. */
export function projectRuns(changes: readonly RunChange[], leaseSeconds: number): ViewUpdate[] {
  const withTasks = changes.map((change) => ({ change, tasks: changedTasks(change) }));
  return [
    { sqlFunction: 'workflow_run_add', rows: changes.filter(({ before }) => before === null).map(newRow) },
    { sqlFunction: 'run_label_count_change', rows: changes.flatMap(labelCountRows) },
    { sqlFunction: 'run_status_change', rows: changes.flatMap(statusRows) },
    { sqlFunction: 'workflow_run_overlay', rows: changes.flatMap(overlayRows) },
    { sqlFunction: 'run_count_apply', rows: countRows(changes) },
    {
      sqlFunction: 'agent_queue_apply',
      rows: withTasks.flatMap(({ change, tasks }) => queueRows(change, tasks, leaseSeconds)),
    },
    { sqlFunction: 'timer_apply', rows: withTasks.flatMap(({ change, tasks }) => timerRows(change, tasks)) },
    { sqlFunction: 'action_apply', rows: withTasks.flatMap(({ change, tasks }) => actionRows(change, tasks)) },
    { sqlFunction: 'team_load_apply', rows: loadRows(changes) },
  ];
}

function newRow({ after }: RunChange) {
  return {
    id: after.id,
    team_id: after.teamId,
    workflow_id: after.workflow.id,
    status: after.status,
    phase: after.phase,
    trigger: after.trigger,
    created: after.creationDate,
    labels: after.labels,
    fixed: fixedPart(after),
    changing: changingPart(after),
  };
}

function statusRows({ before, after }: RunChange) {
  if (before === null || !hasChanged(before, after)) return [];
  return [{ id: after.id, status: after.status, phase: after.phase, changing: changingPart(after) }];
}

/** Only of runs that have labels: they may be counted by them. */
function labelCountRows({ before, after }: RunChange) {
  if (before === null || (before.status === after.status && before.phase === after.phase)) return [];
  if (Object.keys(before.labels).length === 0) return [];
  return [{ id: after.id, team_id: after.teamId, status: after.status, phase: after.phase }];
}

function overlayRows({ before, after }: RunChange) {
  if (before === null || !hasOverlay(before, after)) return [];
  return [{ id: after.id, labels: after.labels, fixed: fixedPart(after) }];
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

function actionRows({ after }: RunChange, tasks: readonly ChangedTask[]): ActionRow[] {
  return tasks.flatMap(({ was, is }) => {
    if (!is.action || is.action === was?.action) return [];
    const { id, type, status, creationDate } = is.action;
    return [
      {
        id,
        run_id: after.id,
        task_run_id: is.id,
        team_id: after.teamId,
        workflow_id: after.workflow.id,
        type,
        status,
        created: creationDate,
        state: { ...is.action, taskName: is.name, workflowName: after.workflow.name, teamName: after.teamName },
      },
    ];
  });
}

function isLive(state: WorkflowRunState | null): boolean {
  return state !== null && state.phase !== 'completed' && state.phase !== 'finalized';
}

/** What quotas are checked against: runs that live, and runs submitted in their month. */
function loadRows(changes: readonly RunChange[]) {
  const rows = new Map<string, { team_id: string; month: string; live: number; submitted: number }>();
  for (const { before, after } of changes) {
    const live = Number(isLive(after)) - Number(isLive(before));
    const submitted = before === null ? 1 : 0;
    if (live === 0 && submitted === 0) continue;
    const month = submitted ? `${new Date(after.creationDate).toISOString().slice(0, 7)}-01` : '1970-01-01';
    const row = rows.get(after.teamId) ?? { team_id: after.teamId, month, live: 0, submitted: 0 };
    // Only those of the last month count, also where a batch has two.
    const isLater = month > row.month;
    rows.set(after.teamId, {
      team_id: after.teamId,
      month: isLater ? month : row.month,
      live: row.live + live,
      submitted: (isLater ? 0 : row.submitted) + (month < row.month ? 0 : submitted),
    });
  }
  return [...rows.values()].sort((a, b) => (a.team_id < b.team_id ? -1 : 1));
}

interface QueueRow {
  readonly state: 'ready' | 'leased' | 'stopping';
  readonly kind: ItemKind;
  readonly agentId: string | null;
  readonly fence: number;
  readonly started?: boolean;
}

function queueRows(change: RunChange, tasks: readonly ChangedTask[], leaseSeconds: number) {
  const { before, after } = change;
  const rows: Record<string, unknown>[] = [];
  const put = (id: string, taskType: string, was: QueueRow | null, is: QueueRow | null, bytes: () => number) => {
    if (is === null) {
      if (was !== null) rows.push({ id, state: null });
      return;
    }
    if (was && same(was, is)) return;
    rows.push({
      id,
      run_id: after.id,
      kind: is.kind,
      team_id: after.teamId,
      task_type: taskType,
      state: is.state,
      agent_id: is.agentId,
      fence: is.fence,
      started: is.started ?? false,
      bytes: is.state === 'ready' ? bytes() : 0,
      run_bytes: after.bytes ?? 0,
      lease: leaseSeconds,
      queued: change.events.length > 0 ? lastAt(change.events) : after.creationDate,
    });
  };
  put(after.id, 'run', before && queuedRun(before), queuedRun(after), () => after.bytes ?? 0);
  for (const { was, is } of tasks)
    put(is.id, is.type, was ? queuedTask(was) : null, queuedTask(is), () => bytesOfTask(is));
  return rows;
}

function same(was: QueueRow, is: QueueRow): boolean {
  return was.state === is.state && was.fence === is.fence && was.kind === is.kind && was.started === is.started;
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
    const started = task.phase === 'running';
    return { state: 'leased', kind: 'task', agentId: task.agentRef, fence: task.fence, started };
  }
  if (held && task.phase === 'completed' && (task.status === 'cancelled' || task.status === 'timedout')) {
    return { state: 'stopping', kind: 'task', agentId: task.agentRef, fence: task.fence };
  }
  return null;
}
