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

/** How a run can have ended. */
export const finalStatuses = [
  'succeeded',
  'failed',
  'invalid',
  'skipped',
  'cancelled',
  'timedout',
] as const satisfies readonly RunStatus[];
export type FinalStatus = (typeof finalStatuses)[number];

/** How an agent, or an event, ends a task. */
export const endStatuses = ['succeeded', 'failed', 'invalid'] as const satisfies readonly RunStatus[];
export type EndStatus = (typeof endStatuses)[number];

export const runPhases = ['queued', 'pending', 'running', 'completed', 'finalized'] as const;
export type RunPhase = (typeof runPhases)[number];

/** What a bulk job does to each of its runs. */
export const bulkActions = ['cancel', 'retry'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** `completed`: each run has its outcome. `cancelled`: somebody ended the job. `stopped`: its maker may no longer do it. */
export const bulkStatuses = ['running', 'completed', 'cancelled', 'stopped'] as const;
export type BulkStatus = (typeof bulkStatuses)[number];

/** What can have come of a run that a bulk job was to act on. */
export const runOutcomes = ['done', 'unchanged', 'refused'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

/** The same, while nothing has come of it: the job will come to it, or has ended before. */
export const bulkOutcomes = [...runOutcomes, 'pending', 'left'] as const;
export type BulkOutcome = (typeof bulkOutcomes)[number];

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

/** What an agent claims: a task to execute, a run to prepare, a run to clean up after. */
export type ItemKind = 'task' | 'run' | 'finalize';

/** When a task runs, by how the one before it has ended. */
export const executionConditions = ['always', 'success', 'failure'] as const;
export type ExecutionCondition = (typeof executionConditions)[number];

/** How a workflow's trigger compares. */
export const conditionOperations = ['equals', 'matches', 'in'] as const;
export type ConditionOperation = (typeof conditionOperations)[number];

/** Of a team, a workflow, a task of the catalogue. */
export const activities = ['active', 'inactive'] as const;
export type Activity = (typeof activities)[number];

export const scheduleTypes = ['runOnce', 'cron', 'advancedCron'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];

export const scheduleStatuses = ['active', 'inactive', 'trigger_disabled', 'error', 'completed', 'deleted'] as const;
export type ScheduleStatus = (typeof scheduleStatuses)[number];

export const teamRoles = ['owner', 'editor', 'reader'] as const;
export type TeamRole = (typeof teamRoles)[number];

export const tokenTypes = ['session', 'user', 'team', 'workflow', 'global'] as const;
export type TokenType = (typeof tokenTypes)[number];

/** What can be done in a team, or with something of it, and changes something, by the names of the API's operations: a team may require a reason for each. */
export const teamOperations = [
  'startWorkflowRun',
  'finalizeWorkflowRun',
  'retryWorkflowRun',
  'cancelWorkflowRun',
  'applyWorkflow',
  'createWorkflow',
  'deleteWorkflow',
  'duplicateWorkflow',
  'applyWorkflowCanvas',
  'submitWorkflow',
  'decideActions',
  'updateSchedule',
  'createSchedule',
  'deleteSchedule',
  'createTeamTask',
  'applyTeamTask',
  'deleteTeamTask',
  'updateTeam',
  'removeTeamMembers',
  'leaveTeam',
  'removeApproverGroups',
  'resetTeamQuotas',
  'removeTeamParameter',
  'createToken',
  'deleteToken',
  'acceptWebhook',
  'acceptEvent',
  'acceptCallback',
  'acceptCallbackWithBody',
  'erasePersonalData',
  'createBulk',
  'cancelBulk',
  'createSavedView',
  'updateSavedView',
  'deleteSavedView',
] as const;
export type TeamOperation = (typeof teamOperations)[number];

/** Fields of a run's events that are for others than the run's readers: the number that a claim is proven with, and values of team and global params. */
export const reservedFields = ['fence', 'layers'] as const;
