import { assertNever } from '#libs/kernel';
import type { RunEvent, WorkflowRunSubmitted } from './events';
import { graphOf } from './graph';
import type { PlannedTask, RunOverlay, RunParam, RunPhase, TaskRunState, WorkflowRunState } from './types';

/** The state after the event. Tasks that the event does not touch stay the same objects. */
export function evolve(state: WorkflowRunState | null, event: RunEvent): WorkflowRunState {
  if (event.type === 'WorkflowRunSubmitted') return submitted(event.data);
  if (state === null) throw new Error(`${event.type} cannot be the first event of a run`);
  const { data } = event;
  switch (event.type) {
    case 'WorkflowRunQueued':
      return { ...state, status: 'ready', params: event.data.params };
    case 'WorkflowRunClaimed': {
      const claimed = { ...state, agentRef: event.data.agentId, fence: event.data.fence };
      return event.data.purpose === 'start' ? { ...claimed, phase: 'queued' } : { ...claimed, finalizing: true };
    }
    case 'WorkflowRunReleased': {
      const phase: RunPhase = state.phase === 'queued' ? 'pending' : state.phase;
      const attempts = state.attempts + 1;
      return { ...state, phase, agentRef: null, fence: event.data.fence, attempts, finalizing: false };
    }
    case 'WorkflowRunStarted':
      return {
        ...overlaid(state, event.data.overlay ?? {}),
        params: event.data.params,
        status: 'running',
        phase: 'running',
        startTime: data.at,
      };
    case 'TaskRunReady':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'ready',
        params: event.data.params,
        spec: event.data.spec ?? task.spec,
      }));
    case 'TaskRunClaimed':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        phase: 'queued',
        agentRef: event.data.agentId,
        fence: event.data.fence,
      }));
    case 'TaskRunReleased':
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'ready',
        phase: 'pending',
        startTime: null,
        agentRef: null,
        fence: event.data.fence,
        attempts: task.attempts + 1,
      }));
    case 'TaskRunStarted': {
      const { labels, annotations, params, timeout } = event.data;
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status: 'running',
        phase: 'running',
        startTime: data.at,
        labels: labels ? { ...task.labels, ...labels } : task.labels,
        annotations: annotations ? { ...task.annotations, ...annotations } : task.annotations,
        params: params ? mergeByName(task.params, params) : task.params,
        timeout: timeout ?? task.timeout,
      }));
    }
    case 'TaskRunWaiting':
      return withTask(state, event.data.taskId, (task) => ({ ...task, status: 'waiting', wakeAt: event.data.until }));
    case 'TaskRunEnded': {
      const { status, duration, statusMessage, results, decisionValue, labels, annotations } = event.data;
      return withTask(state, event.data.taskId, (task) => ({
        ...task,
        status,
        phase: 'completed',
        duration,
        statusMessage: statusMessage ?? task.statusMessage,
        results: results ?? task.results,
        decisionValue: decisionValue ?? task.decisionValue,
        wakeAt: null,
        labels: labels ? { ...task.labels, ...labels } : task.labels,
        annotations: annotations ? { ...task.annotations, ...annotations } : task.annotations,
      }));
    }
    case 'WorkflowRunResultSet': {
      const { name, value } = event.data;
      return { ...state, results: mergeByName(state.results, [{ name, description: null, value }]) };
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

function submitted(data: WorkflowRunSubmitted['data']): WorkflowRunState {
  return {
    id: data.runId,
    teamId: data.teamId,
    teamName: data.teamName,
    // An object of this run alone: what is worked out of its graph is kept by it.
    workflow: { ...data.workflow },
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
    results: [],
    statusOverride: null,
    agentRef: null,
    fence: 0,
    attempts: 0,
    finalizing: false,
    awaitingApproval: false,
    tasks: data.tasks.map((task) => planned(task, data.at)),
  };
}

function planned(task: PlannedTask, at: number): TaskRunState {
  const { results, ...definition } = task;
  const isStart = task.type === 'start';
  return {
    ...definition,
    status: isStart ? 'succeeded' : 'notstarted',
    phase: isStart ? 'completed' : 'pending',
    statusMessage: null,
    creationDate: at,
    startTime: null,
    duration: 0,
    results: results.map(({ name, description }) => ({ name, description, value: null })),
    agentRef: null,
    fence: 0,
    attempts: 0,
    wakeAt: null,
    planned: {
      timeout: task.timeout,
      params: task.params,
      results: task.results,
      labels: task.labels,
      annotations: task.annotations,
      spec: task.spec,
    },
    decisionValue: null,
  };
}

/** A completed run is held by nobody: an agent may claim it once more, to clean up. */
function completed(state: WorkflowRunState, duration: number): WorkflowRunState {
  return { ...state, phase: 'completed', duration, agentRef: null, awaitingApproval: false };
}

export function overlaid(state: WorkflowRunState, overlay: RunOverlay): WorkflowRunState {
  return {
    ...state,
    labels: { ...state.labels, ...overlay.labels },
    annotations: { ...state.annotations, ...overlay.annotations },
    requestedParams: overlayParams(state.requestedParams, overlay.params ?? []),
    workspaces: mergeByName(state.workspaces, overlay.workspaces ?? []),
    timeout: overlay.timeout ?? state.timeout,
    retries: overlay.retries ?? state.retries,
    debug: overlay.debug ?? state.debug,
  };
}

/** A param that is given again keeps the type that it was declared with. */
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

/** Replaces what has the same name in its place, and adds the rest at the end. */
export function mergeByName<Item extends { readonly name: string }>(
  items: readonly Item[],
  given: readonly Item[],
): readonly Item[] {
  if (given.length === 0) return items;
  const merged = new Map(items.map((item) => [item.name, item]));
  for (const item of given) merged.set(item.name, item);
  return [...merged.values()];
}

function withTask(
  state: WorkflowRunState,
  taskId: string,
  change: (task: TaskRunState) => TaskRunState,
): WorkflowRunState {
  const place = graphOf(state).places.get(taskId);
  const task = place === undefined ? undefined : state.tasks[place];
  if (place === undefined || !task) throw new Error(`The run has no task ${taskId}`);
  return { ...state, tasks: state.tasks.with(place, change(task)) };
}
