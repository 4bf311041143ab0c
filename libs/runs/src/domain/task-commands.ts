import { RefusedError } from '#libs/kernel';
import type {
  CancelTask,
  ClaimTask,
  EndTask,
  ExpireTaskLease,
  Holder,
  StartTask,
  TimeOutTask,
  WakeTask,
} from './commands';
import type { Decision } from './decision';
import { mergeByName } from './evolve';
import { placeOf, timeOut } from './run-commands';
import { settle } from './scheduling';
import { agentTaskTypes, type RunResult, type TaskRunState } from './types';

const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

export function claimTask(decision: Decision, { taskId, agentId }: ClaimTask): void {
  const task = decision.task(taskId);
  if (task.status !== 'ready' || task.phase !== 'pending' || !agentTypes.has(task.type)) {
    throw new RefusedError(
      'TASKRUN_INVALID_PHASE',
      `The TaskRun cannot be claimed. Current: ${task.phase}, Needed: pending.`,
    );
  }
  decision.emit({ type: 'TaskRunClaimed', data: { at: decision.now, taskId, agentId, fence: task.fence + 1 } });
}

export function startTask(decision: Decision, command: StartTask): void {
  const task = decision.task(command.taskId);
  if (!holds(task, command.holder) || (task.phase !== 'queued' && task.phase !== 'running')) throw stale(task);
  if (task.phase === 'running') return;
  const { labels, annotations, params, timeout } = command;
  decision.emit({
    type: 'TaskRunStarted',
    data: {
      at: decision.now,
      taskId: task.id,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(params && { params }),
      ...(timeout && { timeout }),
    },
  });
}

export function endTask(decision: Decision, command: EndTask): void {
  const task = decision.task(command.taskId);
  if (!holds(task, command.holder)) throw stale(task);
  if (task.phase === 'completed') {
    if (task.status === command.status) return;
    throw stale(task);
  }
  const { status, statusMessage, labels, annotations } = command;
  const results = mergeResults(task.results, command.results);
  decision.emit({
    type: 'TaskRunEnded',
    data: {
      at: decision.now,
      taskId: task.id,
      status,
      duration: decision.since(task.startTime),
      results,
      ...(statusMessage !== undefined && { statusMessage }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
  });
  settle(decision, [placeOf(decision, task.id)]);
}

/** By name: a declared result keeps its description, one that was not declared is added. */
function mergeResults(declared: readonly RunResult[], given: EndTask['results']): readonly RunResult[] {
  const descriptions = new Map(declared.map(({ name, description }) => [name, description]));
  return mergeByName(
    declared,
    given.map(({ name, description, value }) => ({
      name,
      description: description ?? descriptions.get(name) ?? null,
      value,
    })),
  );
}

export function cancelTask(decision: Decision, command: CancelTask): void {
  const task = decision.task(command.taskId);
  if (!holds(task, command.holder)) throw stale(task);
  if (task.phase === 'completed') {
    if (task.status === 'cancelled' || task.status === 'timedout') return;
    throw stale(task);
  }
  if (decision.state.phase !== 'running') throw stale(task);
  endAs(decision, task, 'cancelled');
}

export function expireTaskLease(decision: Decision, command: ExpireTaskLease): void {
  const task = decision.task(command.taskId);
  const isHeld = agentTypes.has(task.type) && (task.phase === 'queued' || task.phase === 'running');
  if (!isHeld || task.fence !== command.fence) return;
  if (task.attempts + 1 < command.maxAttempts) {
    const data = { at: decision.now, taskId: task.id, fence: task.fence + 1 };
    decision.emit({ type: 'TaskRunReleased', data });
    return;
  }
  endAs(
    decision,
    task,
    'failed',
    `The lease ran out ${task.attempts + 1} times: the agents that held the task went silent.`,
  );
}

export function timeOutTask(decision: Decision, command: TimeOutTask): void {
  const task = decision.task(command.taskId);
  if (task.phase !== 'running') return;
  decision.emit({
    type: 'TaskRunEnded',
    data: {
      at: decision.now,
      taskId: task.id,
      status: 'timedout',
      duration: decision.since(task.startTime),
      statusMessage: `The TaskRun exceeded the timeout. Timeout was set to ${task.timeout} minutes.`,
    },
  });
  timeOut(decision, 'TaskRun');
}

export function wakeTask(decision: Decision, command: WakeTask): void {
  const task = decision.task(command.taskId);
  if (task.status === 'waiting' && task.wakeAt !== null) endAs(decision, task, 'succeeded');
}

function endAs(
  decision: Decision,
  task: TaskRunState,
  status: 'succeeded' | 'failed' | 'cancelled',
  message?: string,
): void {
  const data = { at: decision.now, taskId: task.id, status, duration: decision.since(task.startTime) };
  decision.emit({ type: 'TaskRunEnded', data: message === undefined ? data : { ...data, statusMessage: message } });
  settle(decision, [placeOf(decision, task.id)]);
}

/** Whether the message comes from the current claim: by its fence, or, without one, from an agent that holds the task. */
function holds(task: TaskRunState, { fence, agentIds }: Holder): boolean {
  if (fence !== undefined) return fence === task.fence && task.agentRef !== null;
  if (agentIds !== undefined) return task.agentRef !== null && agentIds.includes(task.agentRef);
  return true;
}

function stale(task: TaskRunState): RefusedError {
  return new RefusedError(
    'TASKRUN_STALE_FENCE',
    `The TaskRun is not held by this claim any more (it is ${task.status}/${task.phase}). Stop its work and drop it; ` +
      'header Runledger-Fence must carry the fence that the task was claimed with.',
    task,
  );
}
