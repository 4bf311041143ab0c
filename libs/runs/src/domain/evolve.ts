import { assertNever, jsonBytes, runStatusOf, type RunPhase } from '#libs/kernel';
import type { RunEvent, WorkflowRunSubmitted } from './events';
import { idOfTask, placeOfTask } from './graph';
import type {
  ActionState,
  HeldLock,
  PlannedTask,
  ReusedTask,
  RunOverlay,
  RunParam,
  RunResult,
  TaskRunState,
  TaskWait,
  WorkflowRunState,
} from './types';

/** The state after the event. Tasks that the event does not change stay the same objects. */
export function evolve(state: WorkflowRunState | null, event: RunEvent): WorkflowRunState {
  if (event.type === 'WorkflowRunSubmitted') return submitted(event.data);
  if (state === null) throw new Error(`${event.type} cannot be the first event of a run`);
  const { data } = event;
  switch (event.type) {
    case 'WorkflowRunQueued':
      return withBytes(
        { ...state, status: 'ready', params: event.data.params },
        jsonBytes(event.data.params) - jsonBytes(state.params),
      );
    case 'WorkflowRunClaimed': {
      const { agentId: agentRef, tokenId: tokenRef, fence } = event.data;
      const claimed = { ...state, agentRef, tokenRef, fence };
      return event.data.purpose === 'start' ? { ...claimed, phase: 'queued' } : { ...claimed, finalizing: true };
    }
    case 'WorkflowRunReleased': {
      const phase: RunPhase = state.phase === 'queued' ? 'pending' : state.phase;
      const attempts = state.attempts + 1;
      return { ...state, phase, agentRef: null, tokenRef: null, fence: event.data.fence, attempts, finalizing: false };
    }
    case 'WorkflowRunStarted':
      return withBytes(
        {
          ...overlaid(state, event.data.overlay ?? {}),
          params: event.data.params,
          status: 'running',
          phase: 'running',
          startTime: data.at,
        },
        jsonBytes(event.data.params) - jsonBytes(state.params),
      );
    case 'TaskRunReady': {
      const { taskId, params, spec, work } = event.data;
      const more = jsonBytes(params) + (spec ? jsonBytes(spec) : 0);
      const change = (task: TaskRunState) => ({ ...task, status: 'ready' as const, params, spec: spec ?? task.spec });
      const ready = withTask(state, taskId, change, more);
      return work ? { ...ready, work: (state.work ?? 0) + work } : ready;
    }
    case 'TaskRunClaimed':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        phase: 'queued',
        agentRef: event.data.agentId,
        tokenRef: event.data.tokenId,
        fence: event.data.fence,
      }));
    case 'TaskRunReleased':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'ready',
        phase: 'pending',
        startTime: null,
        agentRef: null,
        tokenRef: null,
        fence: event.data.fence,
        attempts: task.attempts + (event.data.isGivenBack ? 0 : 1),
      }));
    case 'TaskRunStarted': {
      const { labels, annotations, params, timeout } = event.data;
      const change = (task: TaskRunState): TaskRunState => ({
        ...task,
        status: 'running',
        phase: 'running',
        startTime: data.at,
        labels: labels ? { ...task.labels, ...labels } : task.labels,
        annotations: annotations ? { ...task.annotations, ...annotations } : task.annotations,
        params: params ? mergeByName(task.params, params) : task.params,
        timeout: timeout ?? task.timeout,
      });
      return withTask(state, event.data.taskId, change, params ? jsonBytes(params) : 0);
    }
    case 'TaskRunWaiting': {
      const { until, for: wait = { kind: 'sleep' } } = event.data;
      const waiting = withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'waiting',
        wakeAt: until ?? null,
        ...waitingFor(task, wait, data.at),
      }));
      return wait.kind === 'action' ? { ...waiting, awaitingApproval: true } : waiting;
    }
    case 'TaskRunRetried': {
      const { until, statusMessage } = event.data;
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'waiting',
        phase: 'pending',
        startTime: null,
        statusMessage,
        agentRef: null,
        tokenRef: null,
        attempts: 0,
        tries: task.tries + 1,
        wakeAt: until,
        waitsFor: 'backoff',
        waitKey: null,
        child: null,
      }));
    }
    case 'TaskRunRequeued':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'ready',
        statusMessage: null,
        wakeAt: null,
        waitsFor: null,
      }));
    case 'ActionDecided': {
      const { actioner } = event.data;
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        action: task.action && { ...task.action, actioners: [...task.action.actioners, actioner] },
      }));
    }
    case 'WorkflowRunEventReceived': {
      const { topic, status, data: payload } = event.data;
      // The tasks that wait for it end through their own events.
      if (isAwaited(state, topic)) return state;
      return { ...state, received: [...state.received, { topic, status, data: payload, bytes: jsonBytes(payload) }] };
    }
    case 'LockAcquired':
      return { ...state, locks: [...state.locks, heldBy(event.data)] };
    case 'LockReleased':
      return { ...state, locks: state.locks.filter(({ key }) => key !== event.data.key) };
    case 'TaskRunEnded': {
      const { status, duration, statusMessage, results, decisionValue, labels, annotations, tookEvent } = event.data;
      const left = tookEvent === undefined ? state : withoutOldest(state, tookEvent);
      const change = (task: TaskRunState): TaskRunState => ({
        ...task,
        status,
        phase: 'completed',
        duration,
        statusMessage: statusMessage ?? task.statusMessage,
        results: results ?? task.results,
        decisionValue: decisionValue ?? task.decisionValue,
        wakeAt: null,
        waitsFor: null,
        waitKey: null,
        action: task.action && { ...task.action, status: actionStatusAfter(task.action, status) },
        labels: labels ? { ...task.labels, ...labels } : task.labels,
        annotations: annotations ? { ...task.annotations, ...annotations } : task.annotations,
      });
      const ended = withTask(left, event.data.taskId, change, results ? jsonBytes(results) : 0);
      if (!state.awaitingApproval) return ended;
      return { ...ended, awaitingApproval: ended.tasks.some(({ action }) => action?.status === 'submitted') };
    }
    case 'WorkflowRunResultSet': {
      const { name, value } = event.data;
      const results = mergeByName(state.results, [{ name, description: null, value }]);
      return withBytes({ ...state, results }, jsonBytes(value));
    }
    case 'WorkflowRunStatusOverridden':
      return { ...state, statusOverride: event.data.status };
    case 'WorkflowRunCompleted': {
      const { status, duration, statusMessage } = event.data;
      return { ...completed(state, duration), status, statusMessage: statusMessage ?? null };
    }
    case 'WorkflowRunCancelled': {
      const { duration, statusMessage } = event.data;
      return { ...completed(state, duration), status: 'cancelled', statusMessage };
    }
    case 'WorkflowRunTimedOut': {
      const { duration, statusMessage, cause } = event.data;
      const annotations = { ...state.annotations, 'boomerang.io/timeout-cause': cause };
      return { ...completed(state, duration), status: 'timedout', statusMessage, annotations };
    }
    case 'WorkflowRunFinalized':
      return { ...state, phase: 'finalized', finalizing: false };
    default:
      return assertNever(event);
  }
}

function heldBy({ key, taskId, tries }: HeldLock): HeldLock {
  return { key, taskId, tries };
}

/** The run without the oldest event that it has kept on that topic. */
function withoutOldest(state: WorkflowRunState, topic: string): WorkflowRunState {
  const oldest = state.received.findIndex((each) => each.topic === topic);
  return { ...state, received: state.received.filter((_, place) => place !== oldest) };
}

/** The run, with so many more bytes of params and results. */
function withBytes(state: WorkflowRunState, more: number): WorkflowRunState {
  return { ...state, bytes: (state.bytes ?? 0) + more };
}

function waitingFor(task: TaskRunState, wait: TaskWait, at: number): Partial<TaskRunState> {
  const waits = { waitsFor: wait.kind, waitKey: null };
  const withResult = (name: string, value: string): readonly RunResult[] =>
    mergeByName(task.results, [{ name, description: describedBy(task.results, name), value }]);
  switch (wait.kind) {
    case 'sleep':
    case 'backoff':
      return waits;
    case 'event':
      return { ...waits, waitKey: wait.topic };
    case 'lock':
      return { ...waits, waitKey: wait.key };
    case 'schedule':
      return { ...waits, schedule: { workflow: wait.workflow, at: wait.at } };
    case 'child':
      return {
        ...waits,
        child: wait.child,
        ...(wait.child.wait && { results: withResult('workflowRunRef', wait.child.runId) }),
      };
    case 'action':
      return {
        ...waits,
        action: { ...wait.action, status: 'submitted', creationDate: at, actioners: [] },
        results: withResult('actionRef', wait.action.id),
      };
    default:
      return assertNever(wait);
  }
}

export function describedBy(results: readonly RunResult[], name: string): string | null {
  return results.find((each) => each.name === name)?.description ?? null;
}

function actionStatusAfter(action: ActionState, status: TaskRunState['status']): ActionState['status'] {
  if (action.status !== 'submitted') return action.status;
  if (status === 'succeeded') return 'approved';
  return status === 'failed' ? 'rejected' : 'cancelled';
}

function submitted(data: WorkflowRunSubmitted['data']): WorkflowRunState {
  const reused = data.reused ?? {};
  return {
    id: data.runId,
    teamId: data.teamId,
    teamName: data.teamName,
    workflow: data.workflow,
    status: 'notstarted',
    phase: 'pending',
    statusMessage: null,
    creationDate: data.at,
    startTime: null,
    duration: 0,
    trigger: data.trigger,
    labels: data.labels,
    annotations: data.annotations,
    params: data.params,
    requestedParams: data.params,
    workspaces: data.workspaces,
    timeout: data.timeout,
    retries: data.retries,
    debug: data.debug,
    results: reusedResults(data),
    statusOverride: reusedOverride(data),
    agentRef: null,
    tokenRef: null,
    fence: 0,
    attempts: 0,
    finalizing: false,
    awaitingApproval: false,
    initiator: data.initiator ?? null,
    maxTimeout: data.maxTimeout ?? 0,
    parent: data.parent ?? null,
    depth: data.depth ?? 0,
    ...(data.retry && { retry: data.retry }),
    ...(data.traceparent !== undefined && { traceparent: data.traceparent }),
    layers: data.layers ?? { global: [], team: [] },
    bytes: jsonBytes(data.params) + (data.reused ? jsonBytes(data.reused) : 0),
    received: [],
    locks: [],
    plan: data.tasks,
    tasks: data.tasks.map((task, place) =>
      takenOver(newTaskRun(task, idOfTask(data.runId, place), data.at), reused[task.name]),
    ),
  };
}

/** A task that the original run has already done is completed from the start. */
function takenOver(task: TaskRunState, reused: ReusedTask | undefined): TaskRunState {
  if (!reused) return task;
  const { taskRunId, ...outcome } = reused;
  return {
    ...task,
    ...outcome,
    phase: 'completed',
    annotations: { ...task.annotations, 'boomerang.io/reused-from': taskRunId },
  };
}

/** What the reused tasks have set on the original run. */
function reusedResults({ tasks, reused = {} }: WorkflowRunSubmitted['data']): readonly RunResult[] {
  const results = tasks.flatMap(({ name, type }) => {
    const task = type === 'setwfproperty' ? reused[name] : undefined;
    const output = task?.status === 'succeeded' ? valueOf(task.params, 'output') : undefined;
    return typeof output === 'string'
      ? [{ name: output, description: null, value: valueOf(task?.params ?? [], 'value') ?? null }]
      : [];
  });
  return mergeByName([], results);
}

function reusedOverride({ tasks, reused = {} }: WorkflowRunSubmitted['data']): WorkflowRunState['statusOverride'] {
  let override: WorkflowRunState['statusOverride'] = null;
  for (const { name, type } of tasks) {
    const task = type === 'setwfstatus' ? reused[name] : undefined;
    if (task?.status === 'succeeded') override = runStatusOf(valueOf(task.params, 'status')) ?? override;
  }
  return override;
}

export function valueOf(params: readonly RunParam[], name: string): RunParam['value'] | undefined {
  return params.find((param) => param.name === name)?.value ?? undefined;
}

/** Whether a task of the run waits for an event on this topic. */
export function isAwaited(state: WorkflowRunState, topic: string): boolean {
  return state.tasks.some(({ waitsFor, waitKey }) => waitsFor === 'event' && waitKey === topic);
}

/** Sets field by field: there may be thousands of tasks, and copying whole objects is many times slower. What never changes is the plan's. */
export function newTaskRun(task: PlannedTask, id: string, at: number): TaskRunState {
  const { retries, backoff } = task;
  const isStart = task.type === 'start';
  return {
    id,
    name: task.name,
    type: task.type,
    taskRef: task.taskRef,
    taskVersion: task.taskVersion,
    timeout: task.timeout,
    dependencies: task.dependencies,
    params: task.params,
    labels: task.labels,
    annotations: task.annotations,
    spec: task.spec,
    status: isStart ? 'succeeded' : 'notstarted',
    phase: isStart ? 'completed' : 'pending',
    statusMessage: null,
    creationDate: at,
    startTime: null,
    duration: 0,
    results: unsetResults(task.results),
    agentRef: null,
    tokenRef: null,
    fence: 0,
    attempts: 0,
    wakeAt: null,
    waitsFor: null,
    waitKey: null,
    retries: retries ?? 0,
    backoff: backoff ?? null,
    tries: 0,
    action: null,
    child: null,
    schedule: null,
    planned: task,
    decisionValue: null,
  };
}

const unset = new WeakMap<PlannedTask['results'], readonly RunResult[]>();

/** The results that a task declares, before it has any: the same for all runs of the plan. */
function unsetResults(declared: PlannedTask['results']): readonly RunResult[] {
  let results = unset.get(declared);
  if (!results) {
    results = declared.map(({ name, description }) => ({ name, description, value: null }));
    unset.set(declared, results);
  }
  return results;
}

/** Nobody holds a completed run: an agent may claim it once more, to clean up. */
function completed(state: WorkflowRunState, duration: number): WorkflowRunState {
  return { ...state, phase: 'completed', duration, agentRef: null, tokenRef: null, awaitingApproval: false };
}

export function overlaid(state: WorkflowRunState, overlay: RunOverlay): WorkflowRunState {
  if (Object.keys(overlay).length === 0) return state;
  return {
    ...state,
    labels: { ...state.labels, ...overlay.labels },
    annotations: { ...state.annotations, ...overlay.annotations },
    requestedParams: overlayParams(state.requestedParams, overlay.params ?? []),
    workspaces: mergeByName(state.workspaces, overlay.workspaces ?? []),
    timeout: withinMaximum(overlay.timeout ?? state.timeout, state.maxTimeout),
    retries: overlay.retries ?? state.retries,
    debug: overlay.debug ?? state.debug,
  };
}

/** Minutes; for both, 0 = none. */
export function withinMaximum(timeout: number, maximum: number): number {
  if (maximum <= 0) return timeout;
  return timeout <= 0 ? maximum : Math.min(timeout, maximum);
}

/** A param that is given again keeps its declared type. */
export function overlayParams(params: readonly RunParam[], given: readonly RunParam[]): readonly RunParam[] {
  const types = new Map(params.map(({ name, type }) => [name, type]));
  return mergeByName(
    params,
    given.map((param) => {
      const type = param.type ?? types.get(param.name);
      return type === undefined ? param : { ...param, type };
    }),
  );
}

/** Replaces items with the same name in place, and adds the rest at the end. */
export function mergeByName<Item extends { readonly name: string }>(
  items: readonly Item[],
  given: readonly Item[],
): readonly Item[] {
  if (given.length === 0) return items;
  const merged = new Map(items.map((item) => [item.name, item]));
  for (const item of given) merged.set(item.name, item);
  return [...merged.values()];
}

/** The run with a task changed, and so many more bytes of params and results: one copy for both. */
function withTask(
  state: WorkflowRunState,
  taskId: string,
  change: (task: TaskRunState) => TaskRunState,
  moreBytes = 0,
): WorkflowRunState {
  const place = placeOfTask(state, taskId);
  const task = state.tasks[place];
  if (!task) throw new Error(`The run has no task ${taskId}`);
  return { ...state, tasks: state.tasks.with(place, change(task)), bytes: (state.bytes ?? 0) + moreBytes };
}
