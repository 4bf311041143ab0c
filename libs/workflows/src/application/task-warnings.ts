import type { ReachInTeam, RevisionTask } from '#libs/contracts';
import { systemParamProblems, tokensIn } from '#libs/kernel';
import type { WorkflowStore } from '../read/workflow-store';

/**
 * Tasks that cannot work: a missing or wrong value of a system task. One sentence each. The server saves such a
 * workflow, because a drawing may be unfinished; when the task runs, it ends `invalid` with the same message.
 */
export function systemTaskWarnings(tasks: readonly RevisionTask[]): string[] {
  return tasks.flatMap(({ name, type, params }) =>
    systemParamProblems(type, valuesOf(params), hasToken).map((problem) => `Task ${name}: ${problem}`),
  );
}

/** Workflows that tasks run and that the team does not have now: one sentence each. */
export async function missingWorkflowWarnings(
  store: WorkflowStore,
  reach: ReachInTeam,
  own: string,
  tasks: readonly RevisionTask[],
): Promise<string[]> {
  const wanted = tasks.flatMap(({ name, type, params }) => {
    const workflow = runsWorkflow.has(type) ? valuesOf(params)('workflowRef') : undefined;
    const isFixed = typeof workflow === 'string' && workflow !== '' && workflow !== own && !hasToken(workflow);
    return isFixed ? [{ task: name, workflow }] : [];
  });
  if (wanted.length === 0) return [];
  const known = await store.knownAmong(reach, [...new Set(wanted.map(({ workflow }) => workflow))]);
  return wanted
    .filter(({ workflow }) => !known.has(workflow))
    .map(({ task, workflow }) => `Task ${task}: the team has no workflow ${workflow.slice(0, 200)} yet.`);
}

const runsWorkflow: ReadonlySet<string> = new Set(['runworkflow', 'runscheduledworkflow']);

function valuesOf(params: RevisionTask['params']) {
  return (name: string) => params.find((param) => param.name === name)?.value ?? undefined;
}

function hasToken(value: unknown): boolean {
  return tokensIn(value).length > 0;
}
