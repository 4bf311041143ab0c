/** The words of the API: each list is written here, and nowhere else. Their order is that of the API's documentation. */

export const runStatuses = [
  'notstarted',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'invalid',
  'skipped',
  'cancelled',
  'timedout',
] as const;
export type RunStatus = (typeof runStatuses)[number];

/** How an agent, or an event, ends a task. */
export const endStatuses = ['succeeded', 'failed', 'invalid'] as const satisfies readonly RunStatus[];
export type EndStatus = (typeof endStatuses)[number];

export const runPhases = ['queued', 'pending', 'running', 'completed', 'finalized'] as const;
export type RunPhase = (typeof runPhases)[number];

/** What a workflow can be set to listen to. */
export const workflowTriggers = ['manual', 'schedule', 'webhook', 'event', 'github'] as const;
export type WorkflowTrigger = (typeof workflowTriggers)[number];

export const runTriggers = [...workflowTriggers, 'engine', 'task'] as const;
export type RunTrigger = (typeof runTriggers)[number];

export const taskTypes = [
  'start',
  'end',
  'template',
  'custom',
  'generic',
  'decision',
  'approval',
  'setwfproperty',
  'manual',
  'eventwait',
  'acquirelock',
  'releaselock',
  'runworkflow',
  'runscheduledworkflow',
  'script',
  'setwfstatus',
  'sleep',
] as const;
export type TaskType = (typeof taskTypes)[number];

/** Types that wait for an agent of that type. */
export const agentTaskTypes = ['template', 'script', 'custom', 'generic'] as const satisfies readonly TaskType[];

export const actionTypes = ['approval', 'manual'] as const satisfies readonly TaskType[];
export type ActionType = (typeof actionTypes)[number];

export const actionStatuses = ['approved', 'submitted', 'rejected', 'cancelled'] as const;
export type ActionStatus = (typeof actionStatuses)[number];
