import { assertNever, derivedId, isTimeZone, jsonBytes } from '#libs/kernel';
import type { Decision } from './decision';
import { maxDecisionWork, maxRunResults } from './bounds';
import { conditionSizes } from './graph';
import { describedBy, mergeByName, overrideOf, valueOf } from './evolve';
import { refuseLargeRun, withinRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import type { ActionRequest, Json, ReceivedEvent, RunResult, TaskRunState, TaskWait } from './types';

/** Runs may make runs; deeper than this it is taken for an endless circle. */
export const maxDepth = 10;

const year = 365 * 86_400_000;
const periods = { minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 7 * 86_400_000 } as const;

/**
 * Executes a task that no agent is needed for. What needs nothing from outside ends right here; the rest waits, and the events say
 * what for. A missing or wrong param makes the task `invalid`, at once.
 */
export function execute(decision: Decision, task: TaskRunState): void {
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
  const value = valueOf(task.params, 'value');
  if (value === undefined) {
    invalidate(decision, task, 'Param value is missing: set it to what the decision is about.');
    return;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const sizes = conditionSizes(decision.state, decision.patterns.sizeOf);
  if (sizes * (text.length + 1) > maxDecisionWork) {
    const longest = Math.floor(maxDecisionWork / sizes);
    const message = `Param value has ${text.length} characters; with the conditions of this workflow ${longest} can be compared. Shorten the value or the conditions.`;
    invalidate(decision, task, message);
    return;
  }
  begin(decision, task);
  succeed(decision, task, { decisionValue: text });
}

function setProperty(decision: Decision, task: TaskRunState): void {
  const output = textOf(task, 'output');
  if (output === null) {
    invalidate(decision, task, 'Param output must be the name of the run result to set.');
    return;
  }
  const value = valueOf(task.params, 'value') ?? null;
  if (jsonBytes(mergeByName(decision.state.results, [{ name: output, description: null, value }])) > maxRunResults) {
    invalidate(decision, task, `The results of a run have at most ${maxRunResults} bytes in all.`);
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
  const status = overrideOf(valueOf(task.params, 'status'));
  if (status === null) {
    invalidate(decision, task, 'Param status must be succeeded or failed (completed and failure are understood too).');
    return;
  }
  begin(decision, task);
  decision.emit({ type: 'WorkflowRunStatusOverridden', data: { at: decision.now, status } });
  succeed(decision, task);
}

function sleep(decision: Decision, task: TaskRunState): void {
  const duration = wholeOf(valueOf(task.params, 'duration'), 0, year);
  if (duration === null) {
    invalidate(decision, task, 'Param duration must be a number of milliseconds from 0 to 31536000000 (a year).');
    return;
  }
  wait(decision, task, { kind: 'sleep' }, decision.now + duration);
}

function askForApproval(decision: Decision, task: TaskRunState): void {
  const given = valueOf(task.params, 'numberOfApprovers') ?? valueOf(task.params, 'numberOfApprovals');
  const required = given === undefined || given === '' ? 1 : wholeOf(given, 1, 100);
  if (required === null) {
    invalidate(decision, task, 'Param numberOfApprovers must be a whole number from 1 to 100.');
    return;
  }
  const group = valueOf(task.params, 'approverGroupId');
  if (group !== undefined && typeof group !== 'string') {
    invalidate(decision, task, "Param approverGroupId must be the id or name of one of the team's approver groups.");
    return;
  }
  ask(decision, task, {
    type: 'approval',
    instructions: textOf(task, 'instructions'),
    approverGroupRef: group === undefined || group === '' ? null : group,
    required,
  });
}

function askForWork(decision: Decision, task: TaskRunState): void {
  const instructions = valueOf(task.params, 'instructions');
  if (typeof instructions !== 'string' || instructions.trim() === '') {
    invalidate(decision, task, 'Param instructions must say what is to be done.');
    return;
  }
  ask(decision, task, { type: 'manual', instructions, approverGroupRef: null, required: 1 });
}

function ask(decision: Decision, task: TaskRunState, action: Omit<ActionRequest, 'id'>): void {
  wait(decision, task, { kind: 'action', action: { id: derivedId(task.id, 'action'), ...action } });
}

function waitForEvent(decision: Decision, task: TaskRunState): void {
  const topic = textOf(task, 'topic');
  if (topic === null) {
    invalidate(decision, task, 'Param topic must be the topic of the event to wait for.');
    return;
  }
  const kept = decision.state.received.find((each) => each.topic === topic);
  if (!kept) {
    wait(decision, task, { kind: 'event', topic });
    return;
  }
  begin(decision, task);
  endWithEvent(decision, task, kept, { tookEvent: topic });
}

/** Ends a task that waited for it with what came. */
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
  const given = valueOf(task.params, 'timeout');
  const limit = given === undefined || given === '' ? undefined : wholeOf(given, 1, year);
  if (key === null || key.length > 256) {
    invalidate(decision, task, 'Param key must be the name of the lock, 1 to 256 characters.');
    return;
  }
  if (limit === null) {
    invalidate(decision, task, 'Param timeout must be a number of milliseconds from 1 to 31536000000 (a year).');
    return;
  }
  if (decision.state.locks.some((lock) => lock.key === key)) {
    begin(decision, task);
    succeed(decision, task);
    return;
  }
  wait(decision, task, { kind: 'lock', key }, limit === undefined ? undefined : decision.now + limit);
}

function releaseLock(decision: Decision, task: TaskRunState): void {
  const key = textOf(task, 'key');
  if (key === null) {
    invalidate(decision, task, 'Param key must be the name of the lock.');
    return;
  }
  begin(decision, task);
  const held = decision.state.locks.find((lock) => lock.key === key);
  if (held) decision.emit({ type: 'LockReleased', data: { at: decision.now, ...held } });
  succeed(decision, task);
}

function runWorkflow(decision: Decision, task: TaskRunState): void {
  const workflow = textOf(task, 'workflowRef');
  const waits = booleanOf(valueOf(task.params, 'wait'));
  if (workflow === null) {
    invalidate(decision, task, 'Param workflowRef must be the name or id of a workflow of the team.');
    return;
  }
  if (waits === null) {
    invalidate(decision, task, 'Param wait must be true or false.');
    return;
  }
  if (decision.state.depth + 1 > maxDepth) {
    invalidate(decision, task, `Runs may make runs ${maxDepth} deep at most: does the workflow run itself?`);
    return;
  }
  const child = { runId: derivedId(task.id, 'child', task.tries), workflow, wait: waits };
  wait(decision, task, { kind: 'child', child });
}

function scheduleWorkflow(decision: Decision, task: TaskRunState): void {
  const workflow = textOf(task, 'workflowRef');
  if (workflow === null) {
    invalidate(decision, task, 'Param workflowRef must be the name or id of a workflow of the team.');
    return;
  }
  const amount = wholeOf(valueOf(task.params, 'futureIn'), 0, 100_000);
  const period = valueOf(task.params, 'futurePeriod');
  if (amount === null) {
    invalidate(decision, task, 'Param futureIn must be a whole number from 0 to 100000.');
    return;
  }
  if (period !== 'months' && !(typeof period === 'string' && Object.hasOwn(periods, period))) {
    invalidate(decision, task, 'Param futurePeriod must be one of minutes, hours, days, weeks, months.');
    return;
  }
  const time = valueOf(task.params, 'time');
  if (time !== undefined && time !== '' && !(typeof time === 'string' && /^([01]?\d|2[0-3]):[0-5]\d$/.test(time))) {
    invalidate(decision, task, 'Param time must be a time of day as HH:mm, such as 09:30.');
    return;
  }
  const zone = valueOf(task.params, 'timezone');
  if (zone !== undefined && zone !== '' && !(typeof zone === 'string' && isTimeZone(zone))) {
    invalidate(decision, task, 'Param timezone must be a time zone of the IANA database, such as Europe/Berlin.');
    return;
  }
  const at =
    period === 'months'
      ? monthsLater(decision.now, amount)
      : decision.now + amount * periods[period as keyof typeof periods];
  if (at > decision.now + 20 * year) {
    invalidate(decision, task, 'Params futureIn and futurePeriod must lie within twenty years.');
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

/** A text that is not empty; null for anything else. */
function textOf(task: TaskRunState, name: string): string | null {
  const value = valueOf(task.params, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A whole number, or its digits, within the bounds; null for anything else. */
function wholeOf(value: Json | undefined, min: number, max: number): number | null {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value));
  const number = isNumber ? Number(value) : NaN;
  return Number.isInteger(number) && number >= min && number <= max ? number : null;
}

function booleanOf(value: Json | undefined): boolean | null {
  if (value === undefined || value === '' || value === false || value === 'false') return false;
  return value === true || value === 'true' ? true : null;
}
