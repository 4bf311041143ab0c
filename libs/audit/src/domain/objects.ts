/** What an event is about, by the beginning of its type; the longest that fits. */
const kinds: readonly (readonly [string, ObjectKind])[] = [
  ['WorkflowRun', 'workflowrun'],
  ['TaskRun', 'workflowrun'],
  ['ActionDecided', 'workflowrun'],
  ['Workflow', 'workflow'],
  ['Schedule', 'schedule'],
  ['CatalogueTask', 'task'],
  ['GlobalParameter', 'parameter'],
  ['Team', 'team'],
  ['Token', 'token'],
  ['Lock', 'lock'],
  ['Attempt', 'trail'],
  ['Trail', 'trail'],
];

export const objectKinds = [
  'workflowrun',
  'workflow',
  'schedule',
  'task',
  'parameter',
  'team',
  'token',
  'lock',
  'trail',
] as const;
export type ObjectKind = (typeof objectKinds)[number];

/** The kind of thing that a stream is, by the type of any of its events. */
export function kindOfEvent(type: string): ObjectKind | null {
  return kinds.find(([start]) => type.startsWith(start))?.[1] ?? null;
}

/** The name that an event gives to its thing; null if it gives none. */
export function nameGivenBy({ type, data }: { readonly type: string; readonly data: unknown }): string | null {
  const { name, summary, changes, settings } = data as Readonly<
    Record<string, { readonly name?: unknown } | undefined>
  >;
  switch (type) {
    case 'TokenCreated':
    case 'TeamCreated':
    case 'ScheduleCreated':
      return textOf(name) ?? textOf(settings?.name);
    case 'TeamUpdated':
      return textOf(changes?.name);
    case 'ScheduleUpdated':
      return textOf(settings?.name);
    case 'WorkflowCreated':
    case 'WorkflowRevised':
    case 'CatalogueTaskCreated':
    case 'CatalogueTaskRevised':
      return textOf(summary?.name);
    default:
      return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
