import type { TaskDefinition } from '#libs/contracts';

type Param = NonNullable<NonNullable<TaskDefinition['spec']>['params']>[number];

const param = (name: string, label: string, more: Partial<Param> = {}): Param => ({
  name,
  label,
  type: 'text',
  required: true,
  ...more,
});
const optional = (name: string, label: string, more: Partial<Param> = {}) =>
  param(name, label, { required: false, ...more });

function system(
  name: string,
  displayName: string,
  type: NonNullable<TaskDefinition['type']>,
  description: string,
  params: readonly Param[],
  results: readonly (readonly [string, string])[] = [],
): TaskDefinition {
  return {
    name,
    displayName,
    type,
    description,
    version: 1,
    status: 'active',
    verified: true,
    category: 'Workflow',
    labels: {},
    annotations: {},
    spec: {
      params: [...params],
      results: results.map(([result, what]) => ({ name: result, description: what })),
    },
  };
}

const approvalResults = [
  ['approvalStatus', 'approved or rejected'],
  ['approvedBy', 'Names of those who approved'],
  ['approvalDate', 'When it was decided, ISO 8601'],
  ['comments', 'Their comments, one per line'],
  ['actioners', 'Everybody who decided: name, approved, comments, date'],
  ['actionRef', 'Id of the action'],
] as const;

/** The tasks that the server executes itself, and the general tasks for agents. Nobody can change them. */
export const systemTasks: readonly TaskDefinition[] = [
  system('execute-shell', 'Execute Shell', 'script', 'Runs a script.', [
    param('script', 'Script', { type: 'texteditor::shell' }),
  ]),
  system('run-custom-task', 'Run Custom Task', 'custom', 'Runs a container, or a command.', [
    optional('image', 'Image'),
    optional('command', 'Command', { type: 'textarea', description: 'One word per line' }),
    optional('arguments', 'Arguments', { type: 'textarea', description: 'One argument per line' }),
    optional('script', 'Script', { type: 'texteditor::shell' }),
    optional('envs', 'Environment variables', { type: 'textarea', description: 'Lines NAME=value' }),
  ]),
  system('switch', 'Switch', 'decision', 'Chooses the paths with a condition that the value matches.', [
    param('value', 'Value'),
  ]),
  system('sleep', 'Sleep', 'sleep', 'Waits.', [param('duration', 'Duration in milliseconds', { type: 'number' })]),
  system(
    'manual-approval',
    'Manual Approval',
    'approval',
    'Waits for people to approve.',
    [
      optional('approverGroupId', 'Approver group', {
        description: 'Id or name; none = everybody who may act in the team',
      }),
      optional('numberOfApprovers', 'Number of approvals needed', { type: 'number' }),
      optional('instructions', 'Instructions', { type: 'textarea' }),
    ],
    approvalResults,
  ),
  system(
    'manual-task',
    'Manual Task',
    'manual',
    'Waits until somebody has done it.',
    [param('instructions', 'Instructions', { type: 'textarea' })],
    approvalResults,
  ),
  system(
    'wait-for-event',
    'Wait For Event',
    'eventwait',
    'Waits for a callback or event; an earlier one counts too.',
    [param('topic', 'Topic')],
    [['data', 'Payload of the event']],
  ),
  system('acquire-lock', 'Acquire Lock', 'acquirelock', 'Waits for a lock of the team, and holds it for the run.', [
    param('key', 'Name of the lock'),
    optional('timeout', 'Milliseconds until it fails', { type: 'number' }),
  ]),
  system('release-lock', 'Release Lock', 'releaselock', 'Releases a lock.', [param('key', 'Name of the lock')]),
  system(
    'run-workflow',
    'Run Workflow',
    'runworkflow',
    'Runs another workflow of the team; all other params are passed to it.',
    [param('workflowRef', 'Workflow'), optional('wait', 'Wait for its end', { type: 'boolean' })],
    [['workflowRunRef', 'Id of the run']],
  ),
  system(
    'run-scheduled-workflow',
    'Run Scheduled Workflow',
    'runscheduledworkflow',
    'Schedules one run of another workflow of the team; all other params are passed to it.',
    [
      param('workflowRef', 'Workflow'),
      param('futureIn', 'In how many', { type: 'number' }),
      param('futurePeriod', 'Period', {
        type: 'select',
        options: ['minutes', 'hours', 'days', 'weeks', 'months'].map((key) => ({ key, value: key })),
      }),
      optional('time', 'Time of day, HH:mm', { description: 'For days and longer' }),
      optional('timezone', 'Time zone'),
    ],
    [['scheduleRef', 'Id of the schedule']],
  ),
  system('set-result-parameter', 'Set Result Parameter', 'setwfproperty', 'Sets a result of the run.', [
    param('output', 'Name of the result'),
    optional('value', 'Value'),
  ]),
  system('set-status', 'Set Status', 'setwfstatus', 'Sets the end status of the run.', [
    param('status', 'Status', {
      type: 'select',
      options: ['succeeded', 'failed'].map((key) => ({ key, value: key })),
    }),
  ]),
];
