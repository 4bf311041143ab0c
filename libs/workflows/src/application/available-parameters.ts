import type { TeamRunSettings, WorkflowRevision } from '#libs/contracts';

/** Params that the server gives to every run and task. */
export const contextParams = [
  'workflowrun-ref',
  'workflowrun-trigger',
  'workflowrun-initiator',
  'workflow-name',
  'workflow-displayname',
  'workflow-ref',
  'workflow-version',
  'taskrun-ref',
  'taskrun-name',
  'taskrun-type',
];

/** Every valid content of `$(…)` in a task of the workflow. */
export function availableParameters(revision: WorkflowRevision, { global, team }: TeamRunSettings): string[] {
  const flat = new Set([...revision.params, ...team, ...global].map(({ name }) => `params.${name}`));
  for (const name of contextParams) flat.add(`params.${name}`);
  return [
    ...flat,
    ...revision.params.map(({ name }) => `workflow.params.${name}`),
    ...team.map(({ name }) => `team.params.${name}`),
    ...global.map(({ name }) => `global.params.${name}`),
    ...contextParams.map((name) => `context.params.${name}`),
    ...revision.tasks.flatMap(({ name, results }) => results.map((result) => `tasks.${name}.results.${result.name}`)),
  ];
}
