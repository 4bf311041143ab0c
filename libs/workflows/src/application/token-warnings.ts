import type { ParamDeclaration, RevisionTask, TeamRunSettings, WorkflowRevision } from '#libs/contracts';
import { nearTokens, textsIn, type Token, tokensIn } from '#libs/kernel';
import { type ComesAfter, precedenceOf } from '../domain';
import { contextParams } from './available-parameters';

type Runnable = Pick<WorkflowRevision, 'params' | 'tasks' | 'triggers'>;

const maxShown = 50;

const decided = ['approvalStatus', 'approvedBy', 'approvalDate', 'comments', 'actioners', 'actionRef'];
/** Results that system tasks have without declaring them; `null`: any, those of the run that the task made. */
const systemResults: Readonly<Record<string, readonly string[] | null>> = {
  approval: decided,
  manual: decided,
  eventwait: ['data'],
  runworkflow: null,
  runscheduledworkflow: ['scheduleRef'],
};

/** Names that a token may use anywhere in the workflow. */
interface Names {
  readonly global: ReadonlySet<string>;
  readonly team: ReadonlySet<string>;
  readonly workflow: ReadonlySet<string>;
  readonly context: ReadonlySet<string>;
  readonly tasks: ReadonlyMap<string, RevisionTask>;
  readonly comesAfter: ComesAfter;
}

/**
 * Tokens that name nothing in the workflow, its team or the installation now, and texts that only look like tokens: one
 * sentence each, 50 at most. The server saves such a workflow: a request may bring the param, or somebody may create it
 * later.
 */
export function tokenWarnings(workflow: Runnable, settings: Pick<TeamRunSettings, 'global' | 'team'>): string[] {
  const names = namesOf(workflow, settings);
  const found = [
    ...workflow.params.flatMap((param) => defaultWarnings(param, names)),
    ...workflow.tasks.flatMap((task) => taskWarnings(task, names)),
  ];
  const warnings = [...new Set(found)];
  return warnings.length <= maxShown
    ? warnings
    : [...warnings.slice(0, maxShown), `And ${warnings.length - maxShown} more.`];
}

function namesOf({ params, tasks, triggers }: Runnable, settings: Pick<TeamRunSettings, 'global' | 'team'>): Names {
  const set = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);
  const brought = triggers.webhook || triggers.github || triggers.event ? ['payload', 'event'] : [];
  return {
    global: new Set(set(settings.global)),
    team: new Set(set(settings.team)),
    workflow: new Set([...set(params), ...brought]),
    context: new Set(contextParams),
    tasks: new Map(tasks.map((task) => [task.name, task])),
    comesAfter: precedenceOf(
      tasks.map(({ name, dependencies }) => ({ name, dependencies: dependencies.map(({ task }) => task) })),
    ),
  };
}

function defaultWarnings({ name, type, defaultValue }: ParamDeclaration, names: Names): string[] {
  if (defaultValue === undefined || type === 'password') return [];
  return warningsIn(`Param ${name}`, defaultValue, (token) => problemOf(token, names, null));
}

function taskWarnings(task: RevisionTask, names: Names): string[] {
  const texts = [task.params.map(({ value }) => value), task.spec];
  return warningsIn(`Task ${task.name}`, texts, (token) => problemOf(token, names, task));
}

function warningsIn(where: string, value: unknown, problem: (token: Token) => string | null): string[] {
  const unknown = tokensIn(value).flatMap(({ source, token }) => {
    const why = problem(token);
    return why === null ? [] : [`${where}: ${short(source)} names nothing: ${why}.`];
  });
  const near = textsIn(value)
    .flatMap(nearTokens)
    .map((source) => `${where}: ${short(source)} is not a token: it stays as it is.`);
  return [...unknown, ...near];
}

function problemOf(token: Token, names: Names, task: RevisionTask | null): string | null {
  switch (token.kind) {
    case 'param':
      return paramProblem(token, names, task);
    case 'result':
      return resultProblem(token, names, task);
    case 'resultPath':
      return task === null || task.results.some(({ name }) => name === token.name)
        ? null
        : `the task declares no result ${token.name}`;
  }
}

function paramProblem(
  { layer, name }: Extract<Token, { kind: 'param' }>,
  names: Names,
  task: RevisionTask | null,
): string | null {
  if (layer !== null) return names[layer].has(name) ? null : `there is no ${layer} param ${name}`;
  const isKnown =
    [names.context, names.workflow, names.team, names.global].some((layerNames) => layerNames.has(name)) ||
    task?.params.some((param) => param.name === name);
  return isKnown ? null : `there is no param ${name}, unless a request brings it`;
}

function resultProblem(
  { task: other, name }: Extract<Token, { kind: 'result' }>,
  { tasks, comesAfter }: Names,
  task: RevisionTask | null,
): string | null {
  const from = tasks.get(other);
  if (!from) return `the workflow has no task ${other}`;
  const own = systemResults[from.type];
  const isKnown = own === null || own?.includes(name) || from.results.some((result) => result.name === name);
  if (!isKnown) return `task ${other} has no result ${name}`;
  return task === null || comesAfter(task.name, other)
    ? null
    : `task ${other} may not be completed by then: let task ${task.name} depend on it`;
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
