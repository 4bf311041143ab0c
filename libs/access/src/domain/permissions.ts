import type { Permission, TeamRole } from '#libs/kernel';

/**
 * What an editor works with. Members, roles, tokens and approver groups belong to the owners (`team/manage`,
 * `token/…`).
 */
const worksWith = [
  'workflow',
  'workflowrun',
  'taskrun',
  'action',
  'schedule',
  'task',
  'webhook',
  'parameter',
  'team',
  'view',
];

/** The permissions of each role in its team. */
export const rolePermissions: Readonly<Record<TeamRole, readonly Permission[]>> = {
  owner: ['**/**'],
  editor: ['**/read', ...worksWith.flatMap((resource) => [`${resource}/write`, `${resource}/action`])],
  reader: ['**/read'],
};

/**
 * The most that a workflow's token allows, even if it was created with more: submit the workflow, handle its runs, call
 * its webhooks.
 */
export const workflowTokenPermissions: readonly Permission[] = [
  'workflow/action',
  'workflowrun/read',
  'workflowrun/write',
  'workflowrun/action',
  'workflowrun/delete',
  'taskrun/read',
  'webhook/action',
];
