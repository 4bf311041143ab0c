import type { HistoryEventBody } from '#libs/contracts';

const words: Readonly<Record<string, string>> = {
  WorkflowRunSubmitted: 'Run submitted',
  WorkflowRunQueued: 'Run ready for an agent',
  WorkflowRunClaimed: 'Agent took the run',
  WorkflowRunReleased: 'Agent gave the run back',
  WorkflowRunStarted: 'Run started',
  TaskRunReady: 'ready',
  TaskRunClaimed: 'taken by an agent',
  TaskRunReleased: 'given back',
  TaskRunStarted: 'started',
  TaskRunWaiting: 'waits',
  TaskRunEnded: 'ended',
  TaskRunRetried: 'failed, to be tried again',
  TaskRunRequeued: 'tried again',
  ActionDecided: 'decided',
  WorkflowRunEventReceived: 'Event received',
  LockAcquired: 'holds the lock',
  LockReleased: 'released the lock',
  WorkflowRunResultSet: 'Result set',
  WorkflowRunStatusOverridden: 'End status chosen',
  WorkflowRunCompleted: 'Run completed',
  WorkflowRunCancelled: 'Run cancelled',
  WorkflowRunTimedOut: 'Run timed out',
  WorkflowRunFinalized: 'Run finalized',
};

/** `build ended: succeeded`. `names`: of tasks, by id. */
export function sentenceOf({ type, data }: HistoryEventBody, names: ReadonlyMap<string, string>): string {
  const task = typeof data['taskId'] === 'string' ? `${names.get(data['taskId']) ?? 'task'} ` : '';
  const word = words[type] ?? type;
  const more = [data['status'], data['name'], data['key'], data['topic']].find((each) => typeof each === 'string');
  return `${task}${word}${more === undefined ? '' : `: ${more}`}`;
}

/** Who did it: a name, else what kind of id it is with its last letters. */
export function actorOf({ actor: { id, name } }: HistoryEventBody): string {
  if (name !== undefined) return name;
  const [kind = '', own = ''] = id.split(':', 2);
  return own.length > 20 ? `${kind} …${own.slice(-8)}` : kind === 'user' ? own : `${kind} ${own}`;
}
