import {
  asHead,
  assertNever,
  booleanOf,
  derivedId,
  futurePeriods,
  jsonBytes,
  runStatusOf,
  systemParamProblems,
} from '#libs/kernel';
import type { Decision } from './decision';
import { maxDecisionWork, maxRunResults } from './bounds';
import { conditionSizes } from './graph';
import { describedBy, mergeByName, valueOf } from './evolve';
import { refuseLargeRun, withinRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import type { ActionRequest, ReceivedEvent, RunResult, TaskRunState, TaskWait } from './types';

/** Runs may make runs; deeper than this it is taken for an endless circle. */
const maxDepth = 10;

const twentyYears = 20 * 365 * 86_400_000;

/**
 * Executes a task that needs no agent. If it needs nothing from outside, it ends here; otherwise it waits, and its
 * events say for what. A missing or wrong param makes the task `invalid` at once.
 */
export function execute(decision: Decision, task: TaskRunState): void {
  const [problem] = systemParamProblems(task.type, (name) => valueOf(task.params, name));
  if (problem !== undefined) {
    invalidate(decision, task, problem);
    return;
  }
  switch (task.type) {
    case 'decision':
      return decide(decision, task);
    case 'setwfproperty':
      return setProperty(decision, task);
    case 'setwfstatus':
      return setStatus(decision, task);
    case 'sleep':
      return sleep(decision, task);
    case 'approval':
      return askForApproval(decision, task);
    case 'manual':
      return askForWork(decision, task);
    case 'eventwait':
      return waitForEvent(decision, task);
    case 'acquirelock':
      return acquireLock(decision, task);
    case 'releaselock':
      return releaseLock(decision, task);
    case 'runworkflow':
      return runWorkflow(decision, task);
    case 'runscheduledworkflow':
      return scheduleWorkflow(decision, task);
    case 'start':
    case 'end':
    case 'template':
    case 'script':
    case 'custom':
    case 'generic':
      throw new Error(`A task of type ${task.type} is not the system's to execute`);
    default:
      return assertNever(task.type);
  }
}

export function invalidate(decision: Decision, task: TaskRunState, statusMessage: string): void {
  const data = { at: decision.now, taskId: task.id, status: 'invalid', duration: 0, statusMessage } as const;
  decision.emit({ type: 'TaskRunEnded', data });
}

function begin(decision: Decision, task: TaskRunState): void {
  decision.emit({ type: 'TaskRunStarted', data: { at: decision.now, taskId: task.id } });
}

function succeed(
  decision: Decision,
  task: TaskRunState,
  more: { decisionValue?: string; results?: readonly RunResult[] } = {},
) {
  const data = { at: decision.now, taskId: task.id, status: 'succeeded', duration: 0, ...more } as const;
  decision.emit({ type: 'TaskRunEnded', data });
}

function wait(decision: Decision, task: TaskRunState, what: TaskWait, until?: number): void {
  begin(decision, task);
  const data = { at: decision.now, taskId: task.id, for: what, ...(until !== undefined && { until }) };
  decision.emit({ type: 'TaskRunWaiting', data });
}

function decide(decision: Decision, task: TaskRunState): void {
  const value = valueOf(task.params, 'value') ?? null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const sizes = conditionSizes(decision.state, decision.means.sizeOf);
  if (sizes * (text.length + 1) > maxDecisionWork) {
    const longest = Math.max(0, Math.floor(maxDecisionWork / sizes) - 1);
    const message = `Param value has ${text.length} characters; with the conditions of this workflow at most ${longest} are allowed. Shorten the value or the conditions.`;
    invalidate(decision, task, message);
    return;
  }
  begin(decision, task);
  succeed(decision, task, { decisionValue: text });
}

function setProperty(decision: Decision, task: TaskRunState): void {
  const output = textOf(task, 'output');
  const value = valueOf(task.params, 'value') ?? null;
  if (jsonBytes(mergeByName(decision.state.results, [{ name: output, description: null, value }])) > maxRunResults) {
    invalidate(decision, task, `The results of a run may have at most ${maxRunResults} bytes in all.`);
    return;
  }
  try {
    refuseLargeRun(decision.state, jsonBytes(value));
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    invalidate(decision, task, error.message);
    return;
  }
  begin(decision, task);
  decision.emit({ type: 'WorkflowRunResultSet', data: { at: decision.now, name: output, value } });
  succeed(decision, task);
}

function setStatus(decision: Decision, task: TaskRunState): void {
  begin(decision, task);
  const status = runStatusOf(valueOf(task.params, 'status'));
  if (status) decision.emit({ type: 'WorkflowRunStatusOverridden', data: { at: decision.now, status } });
  succeed(decision, task);
}

function sleep(decision: Decision, task: TaskRunState): void {
  wait(decision, task, { kind: 'sleep' }, decision.now + Number(valueOf(task.params, 'duration')));
}

function askForApproval(decision: Decision, task: TaskRunState): void {
  const required = valueOf(task.params, 'numberOfApprovers') ?? valueOf(task.params, 'numberOfApprovals');
  ask(decision, task, {
    type: 'approval',
    instructions: optionalText(task, 'instructions'),
    approverGroupRef: optionalText(task, 'approverGroupId'),
    required: Number(required === undefined || required === '' ? 1 : required),
  });
}

function askForWork(decision: Decision, task: TaskRunState): void {
  const instructions = textOf(task, 'instructions');
  ask(decision, task, { type: 'manual', instructions, approverGroupRef: null, required: 1 });
}

function ask(decision: Decision, task: TaskRunState, action: Omit<ActionRequest, 'id'>): void {
  wait(decision, task, { kind: 'action', action: { id: derivedId(task.id, 'action'), ...action } });
}

function waitForEvent(decision: Decision, task: TaskRunState): void {
  const topic = textOf(task, 'topic');
  const kept = decision.state.received.find((each) => each.topic === topic);
  if (!kept) {
    wait(decision, task, { kind: 'event', topic });
    return;
  }
  begin(decision, task);
  endWithEvent(decision, task, kept, { tookEvent: topic });
}

/** Ends a waiting task with what has come. */
export function endWithEvent(
  decision: Decision,
  task: TaskRunState,
  { status, data, bytes = jsonBytes(data) }: ReceivedEvent,
  taken: { readonly tookEvent?: string } = {},
): void {
  const description = describedBy(task.results, 'data');
  decision.emit({
    type: 'TaskRunEnded',
    data: {
      at: decision.now,
      taskId: task.id,
      duration: decision.since(task.startTime),
      ...taken,
      ...withinRun(
        decision.state,
        {
          status,
          results: mergeByName(task.results, [{ name: 'data', description, value: data }]),
          ...(status !== 'succeeded' && { statusMessage: `The event came with status ${status}.` }),
        },
        bytes,
      ),
    },
  });
}

function acquireLock(decision: Decision, task: TaskRunState): void {
  const key = textOf(task, 'key');
  const limit = valueOf(task.params, 'timeout') ?? '';
  if (decision.state.locks.some((lock) => lock.key === key)) {
    begin(decision, task);
    succeed(decision, task);
    return;
  }
  wait(decision, task, { kind: 'lock', key }, limit === '' ? undefined : decision.now + Number(limit));
}

function releaseLock(decision: Decision, task: TaskRunState): void {
  const key = textOf(task, 'key');
  begin(decision, task);
  const held = decision.state.locks.find((lock) => lock.key === key);
  if (held) decision.emit({ type: 'LockReleased', data: { at: decision.now, ...held } });
  succeed(decision, task);
}

function runWorkflow(decision: Decision, task: TaskRunState): void {
  const workflow = textOf(task, 'workflowRef');
  const waits = booleanOf(valueOf(task.params, 'wait')) ?? false;
  if (decision.state.depth + 1 > maxDepth) {
    invalidate(decision, task, `Runs may be nested at most ${maxDepth} deep: does the workflow run itself?`);
    return;
  }
  const child = { runId: asHead(derivedId(task.id, 'child', task.tries)), workflow, wait: waits };
  wait(decision, task, { kind: 'child', child });
}

function scheduleWorkflow(decision: Decision, task: TaskRunState): void {
  const workflow = textOf(task, 'workflowRef');
  const amount = Number(valueOf(task.params, 'futureIn'));
  const period = textOf(task, 'futurePeriod');
  const at =
    period === 'months'
      ? monthsLater(decision.now, amount)
      : decision.now + amount * futurePeriods[period as keyof typeof futurePeriods];
  if (at > decision.now + twentyYears) {
    invalidate(decision, task, 'Params futureIn and futurePeriod must be within twenty years.');
    return;
  }
  wait(decision, task, { kind: 'schedule', workflow, at });
}

function monthsLater(now: number, months: number): number {
  const date = new Date(now);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

/** The value of a param that must be a text: see `systemParamProblems`. */
function textOf(task: TaskRunState, name: string): string {
  return optionalText(task, name) ?? '';
}

/** A non-empty text; null for anything else. */
function optionalText(task: TaskRunState, name: string): string | null {
  const value = valueOf(task.params, name);
  return typeof value === 'string' && value !== '' ? value : null;
}
