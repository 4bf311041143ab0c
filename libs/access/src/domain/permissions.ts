/** `resource/action`, such as `workflowrun/read`; `**` stands for all on either side. */
export type Permission = string;

const anything = '**';

export function allows(permissions: readonly Permission[], wanted: Permission): boolean {
  const [resource, action] = split(wanted);
  return permissions.some((granted) => {
    const [grantedResource, grantedAction] = split(granted);
    return covers(grantedResource, resource) && covers(grantedAction, action);
  });
}

function split(permission: Permission): [string, string] {
  const at = permission.indexOf('/');
  return [permission.slice(0, at), permission.slice(at + 1)];
}

function covers(granted: string, wanted: string): boolean {
  return granted === anything || granted === wanted;
}

/** What the roles of the reference stand for. */
export const rolePermissions: Readonly<Record<'owner' | 'editor' | 'reader', readonly Permission[]>> = {
  owner: ['**/**'],
  editor: ['**/read', '**/write', '**/action'],
  reader: ['**/read'],
};
