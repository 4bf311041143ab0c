import { jsonBytes, RefusedError, agentTaskTypes, type Holder } from '#libs/kernel';
import type {
  CancelTask,
  ClaimTask,
  EndTask,
  ExpireTaskLease,
  GrantLock,
  NextClaims,
  ReleaseTask,
  SettleTask,
  StartTask,
  TimeOutTask,
  WakeTask,
} from './commands';
import type { Decision } from './decision';
import { mergeByName } from './evolve';
import { nextFence, nonceSpan, releasedFence } from './fence';
import { waitingTry } from './lock-claims';
import { refuseLargeRun, type TaskOutcome, withinRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import { placeOf, timeOut } from './run-commands';
import { settle } from './scheduling';
import { execute } from './system-tasks';
import { type RunResult, type TaskRunState } from './types';

const agentTypes: ReadonlySet<string> = new Set(agentTaskTypes);

export function claimTask(decision: Decision, { taskId, agentId, tokenId, nonce }: ClaimTask): void {
  const task = decision.task(taskId);
  if (!isReady(task)) {
    throw new RefusedError(
      'TASKRUN_INVALID_PHASE',
      `The TaskRun cannot be claimed. Current: ${task.phase}, Needed: pending.`,
    );
  }
  const fence = nextFence(task.fence, nonce);
  decision.emit({ type: 'TaskRunClaimed', data: { at: decision.now, taskId, agentId, tokenId, fence } });
}

/** What this decision has made ready, in its order, as far as types, number and bytes allow. */
function claimNext(decision: Decision, { agentId, tokenId, types, nonces, maxBytes }: NextClaims): void {
  let taken = 0;
  let bytes = 0;
  for (const { type, data } of [...decision.events]) {
    if (type !== 'TaskRunReady') continue;
    const nonce = nonces[taken];
    if (nonce === undefined) return;
    const task = decision.task(data.taskId);
    if (!isReady(task) || !types.includes(task.type) || bytes + bytesOfTask(task) > maxBytes) continue;
    taken++;
    bytes += bytesOfTask(task);
    claimTask(decision, { type: 'ClaimTask', now: decision.now, taskId: task.id, agentId, tokenId, nonce });
  }
}

/** Whether an agent can claim the task. */
function isReady({ status, phase, type }: TaskRunState): boolean {
  return status === 'ready' && phase === 'pending' && agentTypes.has(type);
}

/** About what an answer with the task takes: its params are in it, and what it is to do. */
export function bytesOfTask({ params, spec }: TaskRunState): number {
  return jsonBytes(params) + jsonBytes(spec) + 1024;
}

export function startTask(decision: Decision, command: StartTask): void {
  const task = decision.task(command.taskId);
  if (!holds(task, command.holder) || (task.phase !== 'queued' && task.phase !== 'running')) throw stale(task);
  if (task.phase === 'running') return;
  const { labels, annotations, params, timeout } = command;
  if (params) refuseLargeParams(decision, params);
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

function refuseLargeParams(decision: Decision, params: NonNullable<StartTask['params']>): void {
  try {
    refuseLargeRun(decision.state, jsonBytes(params));
  } catch (error) {
    if (error instanceof ParameterError) throw new RefusedError('REQUEST_INVALID_PARAMS', error.message);
    throw error;
  }
}

export function endTask(decision: Decision, command: EndTask): void {
  endAsReported(decision, command);
  if (command.claims) claimNext(decision, command.claims);
}

function endAsReported(decision: Decision, command: EndTask): void {
  const task = decision.task(command.taskId);
  // The answer to an end that led to another try was lost, and the end comes again.
  if (command.status === 'failed' && isBetweenTries(task) && command.holder.fence === task.fence) return;
  if (!holds(task, command.holder)) throw stale(task);
  if (task.phase === 'completed') {
    if (task.status === command.status) return;
    throw stale(task);
  }
  const { status, statusMessage, labels, annotations } = command;
  if (status === 'failed' && retry(decision, task, statusMessage ?? 'The task failed.')) return;
  end(decision, task, {
    status,
    results: mergeResults(task.results, command.results),
    ...(statusMessage !== undefined && { statusMessage }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  });
}

/** Starts another try if one is left. */
function retry(decision: Decision, task: TaskRunState, statusMessage: string): boolean {
  if (task.tries >= task.retries || decision.state.phase !== 'running') return false;
  const { delay, factor, maxDelay } = task.backoff ?? { delay: 1000, factor: 2, maxDelay: 60_000 };
  // At least a millisecond: a timer that is set again for the very time at which it fires would count as done.
  const until = decision.now + Math.max(1, Math.round(Math.min(maxDelay, delay * factor ** task.tries)));
  decision.emit({ type: 'TaskRunRetried', data: { at: decision.now, taskId: task.id, until, statusMessage } });
  return true;
}

function isBetweenTries(task: TaskRunState): boolean {
  return task.tries > 0 && task.phase === 'pending';
}

/** By name: a declared result keeps its description, an undeclared one is added. */
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
  end(decision, task, { status: 'cancelled' });
}

/**
 * After this many claims of one task, giving it back counts like an expired lease, so that agents cannot pass it round
 * for ever.
 */
const freeClaims = 1000;

/** Repeating it with the same claim changes nothing: the answer may have been lost. */
export function releaseTask(decision: Decision, { taskId, holder }: ReleaseTask): void {
  const task = decision.task(taskId);
  const isBack = task.status === 'ready' && task.phase === 'pending' && holder.fence !== undefined;
  if (isBack && task.fence === releasedFence(holder.fence ?? 0)) return;
  if (!holds(task, holder) || (task.phase !== 'queued' && task.phase !== 'running')) throw stale(task);
  const data = { at: decision.now, taskId, fence: releasedFence(task.fence) };
  const isFree = task.fence < freeClaims * nonceSpan;
  decision.emit({ type: 'TaskRunReleased', data: isFree ? { ...data, isGivenBack: true } : data });
}

export function expireTaskLease(decision: Decision, command: ExpireTaskLease): void {
  const task = decision.task(command.taskId);
  const isHeld = agentTypes.has(task.type) && (task.phase === 'queued' || task.phase === 'running');
  if (!isHeld || task.fence !== command.fence) return;
  if (task.attempts + 1 < command.maxAttempts) {
    const data = { at: decision.now, taskId: task.id, fence: releasedFence(task.fence) };
    decision.emit({ type: 'TaskRunReleased', data });
    return;
  }
  fail(decision, task, `The lease ran out ${task.attempts + 1} times: the agents that held the task went silent.`);
}

export function timeOutTask(decision: Decision, command: TimeOutTask): void {
  const task = decision.task(command.taskId);
  if (task.phase !== 'running' || task.startTime === null) return;
  if (task.startTime + task.timeout * 60_000 !== command.dueAt) return;
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
  if (task.status !== 'waiting' || task.wakeAt !== command.dueAt) return;
  switch (task.waitsFor) {
    case 'backoff':
      tryAgain(decision, task);
      return;
    case 'lock':
      fail(decision, task, `The lock ${task.waitKey ?? ''} was not free in time.`);
      return;
    default:
      end(decision, task, { status: 'succeeded' });
  }
}

function tryAgain(decision: Decision, task: TaskRunState): void {
  decision.emit({ type: 'TaskRunRequeued', data: { at: decision.now, taskId: task.id } });
  if (agentTypes.has(task.type)) return;
  execute(decision, decision.task(task.id));
  if (decision.task(task.id).phase === 'completed') settle(decision, [placeOf(decision, task.id)]);
}

export function grantLock(decision: Decision, { taskId, key, tries }: GrantLock): void {
  const task = decision.task(taskId);
  if (waitingTry(task) !== tries || task.waitKey !== key) return;
  decision.emit({ type: 'LockAcquired', data: { at: decision.now, key, taskId, tries } });
  // The run has the lock: its other tasks that wait for the same lock need not wait.
  const waiting = decision.state.tasks.filter((each) => each.waitsFor === 'lock' && each.waitKey === key);
  for (const { id } of waiting) {
    if (decision.task(id).waitsFor === 'lock') end(decision, decision.task(id), { status: 'succeeded' });
  }
}

export function settleTask(decision: Decision, command: SettleTask): void {
  const task = decision.task(command.taskId);
  if (task.waitsFor !== command.kind) return;
  const { status, statusMessage } = command;
  if (status === 'failed' && command.kind !== 'action' && retry(decision, task, statusMessage ?? 'The task failed.'))
    return;
  end(decision, task, {
    status,
    ...(statusMessage !== undefined && { statusMessage }),
    ...(command.results.length > 0 && { results: mergeResults(task.results, command.results) }),
  });
}

function fail(decision: Decision, task: TaskRunState, statusMessage: string): void {
  if (!retry(decision, task, statusMessage)) end(decision, task, { status: 'failed', statusMessage });
}

/** Ends the task, and computes the effects. */
export function end(decision: Decision, task: TaskRunState, outcome: TaskOutcome): void {
  const bounded = withinRun(decision.state, outcome);
  const data = { at: decision.now, taskId: task.id, duration: decision.since(task.startTime), ...bounded };
  decision.emit({ type: 'TaskRunEnded', data });
  settle(decision, [placeOf(decision, task.id)]);
}

/** Whether the message comes from the current claim: from its token and, if it has a fence, with the right one. */
export function holds(task: TaskRunState, { fence, tokenId }: Holder): boolean {
  return task.tokenRef === tokenId && (fence === undefined || fence === task.fence);
}

function stale(task: TaskRunState): RefusedError {
  return new RefusedError(
    'TASKRUN_STALE_FENCE',
    'This claim no longer holds the TaskRun. Stop its work and drop it; ' +
      'header Runledger-Fence must have the fence of the claim.',
    task,
  );
}
