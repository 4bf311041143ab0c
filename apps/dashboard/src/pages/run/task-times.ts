import type { HistoryEventBody, TaskRunBody, WorkflowDefinition } from '#libs/contracts';

/** What a task did from one moment to another; `to` null: it still does. Milliseconds since the epoch. */
export interface Span {
  readonly kind: 'queued' | 'waiting' | 'running';
  readonly from: number;
  readonly to: number | null;
}

const begins: Readonly<Record<string, Span['kind']>> = {
  TaskRunReady: 'queued',
  TaskRunReleased: 'queued',
  TaskRunRequeued: 'queued',
  TaskRunStarted: 'running',
  TaskRunWaiting: 'waiting',
  TaskRunRetried: 'waiting',
};
/** Those after which nothing of the run goes on. */
const ends: ReadonlySet<string> = new Set(['WorkflowRunCompleted', 'WorkflowRunCancelled', 'WorkflowRunTimedOut']);

/** When each task was queued, waited and ran, by the id of the task. */
export function spansOf(events: readonly HistoryEventBody[]): ReadonlyMap<string, readonly Span[]> {
  const spans = new Map<string, Span[]>();
  const close = (taskId: string, at: number): void => {
    const own = spans.get(taskId);
    const last = own?.at(-1);
    if (own && last?.to === null) own[own.length - 1] = { ...last, to: at };
  };
  for (const { type, time, data } of events) {
    const at = Date.parse(time);
    const { taskId } = data;
    if (ends.has(type)) for (const id of spans.keys()) close(id, at);
    if (typeof taskId !== 'string') continue;
    const kind = begins[type];
    if (kind !== undefined || type === 'TaskRunEnded') close(taskId, at);
    if (kind !== undefined) spans.set(taskId, [...(spans.get(taskId) ?? []), { kind, from: at, to: null }]);
  }
  return spans;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** `success`, `failure`, or what a decision must give; empty: always. */
  readonly condition: string;
}

/** Who depends on whom, by the names of the tasks. */
export function edgesOf(definition: WorkflowDefinition | undefined): readonly Edge[] {
  return (definition?.tasks ?? []).flatMap(({ name, dependencies }) =>
    (dependencies ?? []).map(({ taskRef, executionCondition, decisionCondition }) => ({
      from: taskRef,
      to: name,
      condition:
        decisionCondition?.replaceAll('\n', ' | ') ??
        (executionCondition === 'always' ? '' : (executionCondition ?? '')),
    })),
  );
}

/** The tasks that the run's end waited for: back from the last one, always to the one before it that ended last. */
export function criticalPath(
  tasks: readonly TaskRunBody[],
  edges: readonly Edge[],
  spans: ReadonlyMap<string, readonly Span[]>,
): ReadonlySet<string> {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const endOf = (name: string): number => {
    const own = spans.get(byName.get(name)?.id ?? '');
    const last = own?.at(-1);
    return last ? (last.to ?? Infinity) : -Infinity;
  };
  const latest = (names: readonly string[]): string | undefined =>
    names
      .filter((name) => endOf(name) > -Infinity)
      .reduce<string | undefined>(
        (best, name) => (best === undefined || endOf(name) > endOf(best) ? name : best),
        undefined,
      );
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  const path = new Set<string>();
  let at = latest(tasks.map(({ name }) => name));
  while (at !== undefined && !path.has(at)) {
    path.add(at);
    at = latest(before.get(at) ?? []);
  }
  return path;
}

/** Milliseconds of one kind. `now`: the end of what still goes on. */
export function total(spans: readonly Span[] | undefined, kind: Span['kind'], now: number): number {
  return (spans ?? [])
    .filter((span) => span.kind === kind)
    .reduce((sum, { from, to }) => sum + Math.max(0, (to ?? now) - from), 0);
}
