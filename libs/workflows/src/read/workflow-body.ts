import type { TriggerName, WorkflowDefinition } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { maskAll, shownDeclarations } from '#libs/secrets';
import type { WorkflowState } from '../domain';

/** A workflow as the contract shows it: the saved definition, with the server's own fields and without secrets. */
export function toWorkflowBody(
  workflow: WorkflowState,
  definition: WorkflowDefinition,
  number: number,
  withTasks: boolean,
): WorkflowDefinition {
  const {
    tasks,
    params,
    id: _id,
    name: _name,
    displayName: _displayName,
    status: _status,
    version: _version,
    ...rest
  } = definition;
  return {
    id: workflow.id,
    name: workflow.name,
    displayName: workflow.displayName,
    status: workflow.status,
    version: number,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined)),
    creationDate: toTimestamp(workflow.creationDate),
    description: definition.description ?? '',
    icon: definition.icon ?? '',
    triggers: triggersOf(definition.triggers),
    labels: definition.labels ?? {},
    annotations: definition.annotations ?? {},
    params: shownDeclarations(params ?? []),
    ...(withTasks ? { tasks: maskAll(tasks ?? []) } : {}),
  };
}

/** The defaults of all five triggers: people can start a workflow, and nothing else can. */
function triggersOf(given: WorkflowDefinition['triggers']): NonNullable<WorkflowDefinition['triggers']> {
  const trigger = (name: TriggerName) => ({
    ...given?.[name],
    enabled: given?.[name]?.enabled ?? name === 'manual',
    conditions: given?.[name]?.conditions ?? [],
  });
  return {
    manual: trigger('manual'),
    schedule: trigger('schedule'),
    webhook: trigger('webhook'),
    event: trigger('event'),
    github: trigger('github'),
  };
}
