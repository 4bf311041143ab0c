import { type Decided, RefusedError, type Holder } from '#libs/kernel';
import type { ClaimRun, ExpireRunLease, FinalizeRun, StartRun, SubmitRun } from './commands';
import { Decision, type Means, wrongPhase } from './decision';
import type { RunEvent } from './events';
import { evolve, overlaid } from './evolve';
import { nextFence, releasedFence } from './fence';
import { findCycle, graphOf, placeOfTask } from './graph';
import { resolveRunParams } from './resolve-run-params';
import { refuseOversized } from './run-size';
import { settle, skipUnreachable } from './scheduling';
import type { Plan, WorkflowRunState } from './types';

export function submit(command: SubmitRun, means: Means): Decided<WorkflowRunState, RunEvent> {
  refuseUnrunnable(command.submission.tasks);
  const first = { type: 'WorkflowRunSubmitted', data: { at: command.now, ...command.submission } } as const;
  const decision = new Decision(evolve(null, first), command.now, means);
  decision.emit({ type: 'WorkflowRunQueued', data: { at: command.now, params: resolveRunParams(decision.state) } });
  if (command.start) begin(decision, {});
  return { events: [first, ...decision.events], state: decision.state };
}

/** Plans that have been found to be runnable: each is looked at once. */
const runnable = new WeakSet<Plan>();

/** A definition that cannot run makes no run. */
function refuseUnrunnable(tasks: Plan): void {
  if (runnable.has(tasks)) return;
  const names = new Set(tasks.map(({ name }) => name));
  for (const { name, dependencies } of tasks) {
    const unknown = dependencies.find((each) => !names.has(each.task));
    if (unknown) {
      throw new RefusedError(
        'WORKFLOWRUN_INVALID_DEPENDENCY',
        `Invalid WorkflowRun request. Task Dependency Reference not found: ${unknown.task} (of task ${name}).`,
      );
    }
  }
  const graph = graphOf({ plan: tasks });
  const cycle = findCycle(tasks, graph);
  if (cycle.length > 0) throw unrunnable(`tasks depend on each other in a circle: ${cycle.slice(0, 20).join(' → ')}`);
  if (!graph.reachable[graph.end]) throw unrunnable('there is no path from a start task to an end task');
  runnable.add(tasks);
}

function unrunnable(why: string): RefusedError {
  return new RefusedError('WORKFLOWRUN_INVALID_REQUIREMENT', `Invalid WorkflowRun request: ${why}.`);
}

export function claim(decision: Decision, command: ClaimRun): void {
  const { state, now: at } = decision;
  const needed = command.purpose === 'start' ? 'pending' : 'completed';
  const isFree = state.phase === needed && !state.finalizing;
  if (!isFree) throw wrongPhase(state.phase, needed);
  const { agentId, tokenId, nonce, purpose } = command;
  const data = { at, agentId, tokenId, fence: nextFence(state.fence, nonce), purpose };
  decision.emit({ type: 'WorkflowRunClaimed', data });
}

export function expireLease(decision: Decision, command: ExpireRunLease): void {
  const { state, now: at } = decision;
  if (state.fence !== command.fence || !(state.phase === 'queued' || state.finalizing)) return;
  decision.emit({ type: 'WorkflowRunReleased', data: { at, fence: releasedFence(state.fence) } });
}

export function start(decision: Decision, command: StartRun): void {
  const { phase } = decision.state;
  checkHolder(decision.state, command.holder);
  if (phase !== 'pending' && phase !== 'queued') throw wrongPhase(phase, 'pending or queued');
  begin(decision, command.overlay);
}

function begin(decision: Decision, overlay: StartRun['overlay']): void {
  const { state, now: at } = decision;
  const overlaidState = overlaid(state, overlay);
  if (Object.keys(overlay).length > 0) refuseOversized({ ...overlaidState, params: overlaidState.requestedParams });
  const params = resolveRunParams(overlaidState);
  decision.emit({
    type: 'WorkflowRunStarted',
    data: { at, params, ...(Object.keys(overlay).length > 0 && { overlay }) },
  });
  skipUnreachable(decision);
  settle(
    decision,
    decision.state.tasks.flatMap(({ phase }, place) => (phase === 'completed' ? [place] : [])),
  );
}

export function finalize(decision: Decision, command: FinalizeRun): void {
  const { phase } = decision.state;
  if (phase === 'finalized') return;
  if (phase !== 'completed') {
    checkHolder(decision.state, command.holder);
    throw wrongPhase(phase, 'completed');
  }
  if (decision.state.finalizing) checkHolder(decision.state, command.holder);
  decision.emit({ type: 'WorkflowRunFinalized', data: { at: decision.now } });
}

/** An agent must hold the item that it reports about; a person need not. */
function checkHolder(state: WorkflowRunState, holder: Holder | undefined): void {
  if (!holder) return;
  const isCurrent = holder.fence === undefined || holder.fence === state.fence;
  if (isCurrent && state.tokenRef === holder.tokenId) return;
  throw new RefusedError(
    'WORKFLOWRUN_STALE_FENCE',
    'This claim no longer holds the WorkflowRun. Drop it; header Runledger-Fence must have the current fence.',
    state,
  );
}

/** Ends all that is open: what runs or is held is cancelled, what waits for its turn is skipped. */
function stopTasks(decision: Decision): void {
  for (const task of decision.state.tasks) {
    if (task.phase === 'completed') continue;
    const status = task.phase === 'pending' && task.status !== 'waiting' ? 'skipped' : 'cancelled';
    const duration = decision.since(task.startTime);
    decision.emit({ type: 'TaskRunEnded', data: { at: decision.now, taskId: task.id, status, duration } });
  }
}

/** @throws RefusedError WORKFLOWRUN_INVALID_PHASE if the run has ended. */
export function refuseUncancellable({ phase }: Pick<WorkflowRunState, 'phase'>): void {
  if (phase === 'completed' || phase === 'finalized') throw wrongPhase(phase, 'pending, queued or running');
}

export function cancel(decision: Decision): void {
  const { status, startTime } = decision.state;
  if (status === 'cancelled') return;
  refuseUncancellable(decision.state);
  stopTasks(decision);
  const duration = decision.since(startTime);
  const statusMessage = 'The WorkflowRun was requested to be cancelled.';
  decision.emit({ type: 'WorkflowRunCancelled', data: { at: decision.now, duration, statusMessage } });
}

export function timeOut(decision: Decision, cause: 'WorkflowRun' | 'TaskRun'): void {
  const { phase, startTime, timeout } = decision.state;
  if (phase !== 'running') return;
  stopTasks(decision);
  const duration = decision.since(startTime);
  const statusMessage =
    cause === 'TaskRun'
      ? 'A TaskRun exceeded its timeout.'
      : `The WorkflowRun exceeded the timeout. Timeout was set to ${timeout} minutes.`;
  decision.emit({ type: 'WorkflowRunTimedOut', data: { at: decision.now, cause, duration, statusMessage } });
}

/** The index of a task in the run, for scheduling. */
export function placeOf(decision: Decision, taskId: string): number {
  return placeOfTask(decision.state, taskId);
}
