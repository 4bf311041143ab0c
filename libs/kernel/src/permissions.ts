/** `resource/action`, such as `workflowrun/read`; `**` on either side means all. */
export type Permission = string;

const anything = '**';

export function allows(permissions: readonly Permission[], wanted: Permission): boolean {
  const [resource, action] = split(wanted);
  return permissions.some((granted) => {
    const [grantedResource, grantedAction] = split(granted);
    return covers(grantedResource, resource) && covers(grantedAction, action);
  });
}

/** The permissions that both lists allow. */
export function intersection(some: readonly Permission[], others: readonly Permission[]): Permission[] {
  const both = some.flatMap((one) =>
    others.flatMap((other) => {
      const [resource, action] = split(one);
      const [otherResource, otherAction] = split(other);
      const common = [narrower(resource, otherResource), narrower(action, otherAction)];
      return common.includes(null) ? [] : [common.join('/')];
    }),
  );
  return [...new Set(both)];
}

function split(permission: Permission): [string, string] {
  const at = permission.indexOf('/');
  return [permission.slice(0, at), permission.slice(at + 1)];
}

function covers(granted: string, wanted: string): boolean {
  return granted === anything || granted === wanted;
}

function narrower(one: string, other: string): string | null {
  if (covers(one, other)) return other;
  return covers(other, one) ? one : null;
}
