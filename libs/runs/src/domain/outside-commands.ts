import { jsonBytes, RefusedError } from '#libs/kernel';
import type { DecideAction, ReceiveEvent } from './commands';
import { type Decision, wrongPhase } from './decision';
import { maxTopics, maxUnawaitedBytes, maxUnawaitedEvents } from './bounds';
import { describedBy, isAwaited, mergeByName } from './evolve';
import { placeOf } from './run-commands';
import { settle } from './scheduling';
import { endWithEvent } from './system-tasks';
import { end } from './task-commands';
import type { Actioner, ActionState, Json, RunResult, TaskRunState, WorkflowRunState } from './types';

function unknownAction(): RefusedError {
  return new RefusedError('ACTION_INVALID_REF', 'Invalid Action reference has been provided.');
}

/** One rejection rejects; it takes `required` people to approve. The same decision of the same person counts once. */
export function decideAction(decision: Decision, command: DecideAction): void {
  const task = decision.state.tasks.find(({ action }) => action?.id === command.actionId);
  const action = task?.action;
  if (!task || !action) throw unknownAction();
  const actioner: Actioner = { ...command.actioner, date: decision.now };
  const before = action.actioners.findLast((each) => isSamePerson(each, actioner));
  if (before?.approved === actioner.approved) return;
  if (action.status !== 'submitted') {
    throw new RefusedError('ACTION_INVALID_STATUS', `The Action cannot be decided any more: it is ${action.status}.`);
  }
  decision.emit({ type: 'ActionDecided', data: { at: decision.now, taskId: task.id, actioner } });
  const actioners = [...action.actioners, actioner];
  const approvers = actioners.filter(({ approved }) => approved);
  if (!actioner.approved) conclude(decision, task, 'rejected', [actioner], actioners);
  else if (approvers.length >= action.required) conclude(decision, task, 'approved', approvers, actioners);
}

/** The id of a member may be made known after the e-mail address. */
function isSamePerson(one: Actioner, other: Actioner): boolean {
  return one.id === other.id || (one.email !== null && one.email === other.email);
}

function conclude(
  decision: Decision,
  task: TaskRunState,
  status: Extract<ActionState['status'], 'approved' | 'rejected'>,
  deciders: readonly Actioner[],
  actioners: readonly Actioner[],
): void {
  const names = deciders.map(({ name }) => name).join(', ');
  const comments = actioners.flatMap((each) => (each.comments === null ? [] : [each.comments])).join('\n');
  const values: Readonly<Record<string, Json>> = {
    approvalStatus: status,
    approvedBy: status === 'approved' ? names : '',
    approvalDate: new Date(decision.now).toISOString(),
    comments,
    actioners: actioners.map((each) => ({
      name: each.name,
      approved: each.approved,
      comments: each.comments,
      date: new Date(each.date).toISOString(),
    })),
  };
  const results = Object.entries(values).map(([name, value]): RunResult => ({
    name,
    description: describedBy(task.results, name),
    value,
  }));
  const word = task.type === 'manual' ? 'Done' : 'Approved';
  const statusMessage = `${status === 'approved' ? word : 'Rejected'} by ${names}.`;
  end(decision, task, {
    status: status === 'approved' ? 'succeeded' : 'failed',
    statusMessage: comments === '' ? statusMessage : `${statusMessage} ${comments}`.slice(0, 2000),
    results: mergeByName(task.results, results),
  });
}

export function receiveEvent(decision: Decision, command: ReceiveEvent): void {
  const { state, now: at } = decision;
  const { topic, status, data } = command;
  if (state.phase === 'completed' || state.phase === 'finalized') {
    throw wrongPhase(state.phase, 'pending, queued or running');
  }
  if (!isAwaited(state, topic)) refuseUnawaited(state, topic, data);
  decision.emit({ type: 'WorkflowRunEventReceived', data: { at, topic, status, data } });
  const event = { topic, status, data, bytes: jsonBytes(data) };
  const waiting = state.tasks.filter((task) => task.waitsFor === 'event' && task.waitKey === topic);
  for (const task of waiting) endWithEvent(decision, task, event);
  if (waiting.length > 0)
    settle(
      decision,
      waiting.map(({ id }) => placeOf(decision, id)),
    );
}

/** What nothing waits for yet is kept for the next wait, and it is not kept without end. */
function refuseUnawaited({ received }: WorkflowRunState, topic: string, data: Json): void {
  const bytes = received.reduce((sum, each) => sum + (each.bytes ?? jsonBytes(each.data)), jsonBytes(data));
  const topics = new Set(received.map((each) => each.topic)).add(topic);
  const refusals: readonly (readonly [boolean, string])[] = [
    [topics.size > maxTopics, `events of ${maxTopics} topics`],
    [received.length >= maxUnawaitedEvents, `${maxUnawaitedEvents} events`],
    [bytes > maxUnawaitedBytes, `${maxUnawaitedBytes} bytes of events`],
  ];
  const [, most] = refusals.find(([isBeyond]) => isBeyond) ?? [];
  if (most === undefined) return;
  throw new RefusedError(
    'QUOTA_EXCEEDED',
    `A quota has been exceeded. A run keeps at most ${most} for tasks that do not wait for them yet.`,
  );
}
