import { type TaskDefinition } from '#libs/contracts';
import {
  agentTaskTypes,
  circleProblems,
  declarationProblems,
  envProblems,
  RefusedError,
  resultProblems,
  typesWithVariables,
  variableProblems,
} from '#libs/kernel';
import { isSlug, slugOf, slugRule } from '#libs/names';
import { mask } from '#libs/secrets';
import { systemTasks } from './system-tasks';
import type { CatalogueScope } from './catalogue-scope';

/** The most characters that a task's name may have. */
const longestName = 100;

const reserved: ReadonlySet<string> = new Set([
  'query',
  'validate',
  'start',
  'end',
  ...systemTasks.map(({ name }) => name ?? ''),
]);

/** Types that agents execute; the system executes the others. */
const types: ReadonlySet<string> = new Set(agentTaskTypes);

/** Without a name, the display name gives the name. */
export function nameOf({ name, displayName }: TaskDefinition): string {
  return name ? name : slugOf(displayName ?? '', longestName);
}

/** @throws RefusedError TASK_INVALID_DEFINITION with every problem. */
export function checkTask(scope: CatalogueScope, { name, type, spec }: TaskDefinition): void {
  const problems: string[] = [];
  if (!isSlug(name ?? '', longestName)) {
    const fit = slugOf(name ?? '', longestName);
    problems.push(`name must be ${slugRule(longestName)}${fit === '' ? '' : `, for example ${fit}`}.`);
  } else if (reserved.has(name ?? '') && (scope.teamId === null || name === 'query' || name === 'validate')) {
    problems.push(`name ${name ?? ''} belongs to a system task.`);
  }
  if (!types.has(type ?? 'template')) problems.push(`type must be one of ${[...types].join(', ')}.`);
  const params = spec?.params ?? [];
  // A masked default means: keep the stored one.
  problems.push(...declarationProblems('spec.params', params, (value) => (value === mask ? null : value)));
  const templates = params.flatMap((param) =>
    param.type === 'password' ? [] : [{ name: param.name, value: param.default }],
  );
  problems.push(
    ...[
      ...circleProblems('params', templates, null, () => true),
      ...(typesWithVariables.has(type ?? 'template') ? variableProblems(params.map((param) => param.name)) : []),
      ...resultProblems(spec?.results ?? []),
      ...envProblems(spec?.envs ?? []),
    ].map((problem) => `spec: ${problem}`),
  );
  if (problems.length > 0) {
    throw new RefusedError('TASK_INVALID_DEFINITION', ['Invalid Task definition.', ...problems.slice(0, 50)].join(' '));
  }
}
