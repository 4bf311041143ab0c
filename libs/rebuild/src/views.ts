/** A view, and how its rows follow from the ledger. Its columns and its functions are the database's. */
export interface View {
  readonly key: readonly string[];
  /** The column with the stream that a row follows from; absent: from many, or from the whole ledger. */
  readonly stream?: string;
  /** Columns that the ledger does not decide: whoever works on the row sets them. */
  readonly notDerived?: readonly string[];
  /** A statement that reads the live rows; absent: all of the table. */
  readonly live?: string;
  /** Live rows that count; the others say nothing. */
  readonly liveWhere?: string;
  /** Rebuilt rows that must be there (`s`): the work of the others may be done already, which is no event. */
  readonly missingWhere?: string;
}

/** These timers follow from the state. The others are due at once, and go when they have fired. */
const timersOfState = `('run-timeout', 'task-timeout', 'task-wake', 'schedule', 'bulk-forget')`;

/** Every view, and the only place that says which columns are not derived from the ledger. */
export const views = {
  workflow_run: { key: ['id'], stream: 'id' },
  run_status: { key: ['id'], stream: 'id' },
  run_label: { key: ['label', 'creation_date', 'run_id'], stream: 'run_id' },
  agent_queue: {
    key: ['id'],
    stream: 'run_id',
    // The lease, and what the agent's silence has brought.
    notDerived: ['lease_until', 'delivered_at', 'missed_at'],
    // An agent that has stopped says so, and the item goes.
    missingWhere: `s.state <> 'stopping'`,
  },
  timer: {
    key: ['stream_id', 'kind', 'item_id'],
    stream: 'stream_id',
    // When it is tried again.
    notDerived: ['fire_at', 'attempts'],
    missingWhere: `s.kind in ${timersOfState} and s.due_at > now()`,
  },
  action: { key: ['id'], stream: 'run_id' },
  team: { key: ['id'], stream: 'id' },
  token: { key: ['id'], stream: 'id' },
  global_parameters: { key: ['id'], stream: 'id' },
  workflow: { key: ['id'], stream: 'id' },
  workflow_revision: { key: ['id'], stream: 'workflow_id' },
  catalogue_task: { key: ['id'], stream: 'id' },
  catalogue_task_revision: { key: ['task_id', 'number'], stream: 'task_id' },
  schedule: { key: ['id'], stream: 'id' },
  team_lock: { key: ['id'], stream: 'id' },
  // Where the events are that have left: set when they leave.
  ledger_archive: { key: ['id'], stream: 'id', notDerived: ['positions'] },
  erasure: { key: ['id'], stream: 'id' },
  bulk: { key: ['id'], stream: 'id' },
  bulk_run: { key: ['bulk_id', 'place'], stream: 'bulk_id' },
  saved_views: { key: ['id'], stream: 'id' },
  run_count: { key: ['team_id', 'workflow_id', 'day', 'status', 'phase', 'trigger'], liveWhere: 'runs <> 0' },
  run_day_count: { key: ['team_id', 'day', 'status', 'phase', 'trigger'], liveWhere: 'runs <> 0' },
  // Labels that are only wanted, or being counted, have no counters that say anything.
  run_label_count: {
    key: ['counted_id', 'workflow_id', 'day', 'status', 'phase', 'trigger', 'is_base'],
    live: `select counted_id, workflow_id, day, status, phase, trigger, false as is_base, sum(runs)::bigint as runs from public.run_label_count
            where counted_id in (select id from public.counted_labels where state = 'counted') group by 1, 2, 3, 4, 5, 6 having sum(runs) <> 0`,
  },
  team_load: { key: ['team_id'] },
  audit_entry: { key: ['position'] },
  audit_name: { key: ['id'] },
  // These follow the ledger: compared as far as the live ones are.
  run_outcome: { key: ['id'] },
  run_length_count: { key: ['team_id', 'workflow_id', 'day', 'measure', 'bucket', 'status'], liveWhere: 'runs <> 0' },
  run_text: { key: ['id'] },
} as const satisfies Readonly<Record<string, View>>;

export type ViewName = keyof typeof views;
export const viewNames = Object.keys(views) as readonly ViewName[];

export function viewOf(name: ViewName): View {
  return views[name];
}

/** What the rows of a function have in common that change one row of a view: two of them never go into one call. */
export const rowKeys: Readonly<Record<string, readonly string[]>> = {
  bulk_run_apply: ['bulk_id', 'place'],
  timer_apply: ['stream_id', 'kind', 'item_id'],
  workflow_revision_apply: ['workflow_id', 'number'],
  catalogue_task_revision_apply: ['task_id', 'number'],
};
