import type { TeamRunSettings, WorkflowRevision } from '#libs/contracts';

const context = [
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

/** Everything that can stand between `$(` and `)` in a task of the workflow. */
export function availableParameters(revision: WorkflowRevision, { global, team }: TeamRunSettings): string[] {
  const flat = new Set([...revision.params, ...team, ...global].map(({ name }) => `params.${name}`));
  for (const name of context) flat.add(`params.${name}`);
  return [
    ...flat,
    ...revision.params.map(({ name }) => `workflow.params.${name}`),
    ...team.map(({ name }) => `team.params.${name}`),
    ...global.map(({ name }) => `global.params.${name}`),
    ...context.map((name) => `context.params.${name}`),
    ...revision.tasks.flatMap(({ name, results }) => results.map((result) => `tasks.${name}.results.${result.name}`)),
  ];
}
