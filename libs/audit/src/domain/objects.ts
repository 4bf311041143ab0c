import { type Action, actions, type ObjectKind } from '#libs/kernel';

/** What an event is about, by the beginning of its type; the longest that fits. */
const kinds: readonly (readonly [string, ObjectKind])[] = [
  ['WorkflowRun', 'workflowrun'],
  ['TaskRun', 'workflowrun'],
  ['ActionDecided', 'workflowrun'],
  ['LockAcquired', 'workflowrun'],
  ['LockReleased', 'workflowrun'],
  ['Workflow', 'workflow'],
  ['Schedule', 'schedule'],
  ['CatalogueTask', 'task'],
  ['GlobalParameter', 'parameter'],
  ['Team', 'team'],
  ['Token', 'token'],
  ['Lock', 'lock'],
  ['Attempt', 'trail'],
  ['Trail', 'trail'],
  ['RunsArchived', 'archive'],
  ['PersonalData', 'erasure'],
  ['Bulk', 'bulk'],
  ['SavedView', 'view'],
];

/** The kind of thing that an action changes. */
export function kindOfAction(action: Action): ObjectKind {
  return actions[action][0];
}

/** The kind of thing that a stream is, by the type of any of its events. */
export function kindOfEvent(type: string): ObjectKind | null {
  return kinds.find(([start]) => type.startsWith(start))?.[1] ?? null;
}
