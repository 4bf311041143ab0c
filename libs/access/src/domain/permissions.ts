import type { Permission, TeamRole } from '#libs/kernel';

/** What an editor works with. Members, roles, tokens and approver groups are the owners' (`team/manage`, `token/…`). */
const worksWith = ['workflow', 'workflowrun', 'taskrun', 'action', 'schedule', 'task', 'webhook', 'parameter', 'team'];

/** What each role of a team allows there. */
export const rolePermissions: Readonly<Record<TeamRole, readonly Permission[]>> = {
  owner: ['**/**'],
  editor: ['**/read', ...worksWith.flatMap((resource) => [`${resource}/write`, `${resource}/action`])],
  reader: ['**/read'],
};

/** The most that the token of a workflow allows, whatever it was made with: to submit it, to handle its runs, to call its webhooks. */
export const workflowTokenPermissions: readonly Permission[] = [
  'workflow/action',
  'workflowrun/read',
  'workflowrun/write',
  'workflowrun/action',
  'workflowrun/delete',
  'taskrun/read',
  'webhook/action',
];
