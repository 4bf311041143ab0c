import type { CatalogueTask, TeamRunSettings, WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';
import { ExpressionError, Path, PatternSet } from '#libs/expressions';
import {
  circleProblems,
  declarationProblems,
  envProblems,
  type FaultReason,
  jsonBytes,
  nameProblem,
  RefusedError,
  resultProblems,
  typesWithVariables,
  variableProblems,
} from '#libs/kernel';
import { mask } from '#libs/secrets';
import { graphProblems } from '../domain';
import { maxConditions, maxDefinition, maxDependencies } from './bounds';
import { catalogueParamProblems } from './check-catalogue-params';
import { ownEnvs, typeOf } from './normalise';

const maxShown = 50;

interface Problem {
  readonly reason: FaultReason;
  readonly text: string;
}

/** What a definition is checked against. */
export interface Surroundings {
  /** The catalogue's content for its tasks, by name of task. */
  readonly catalogue: ReadonlyMap<string, CatalogueTask>;
  /** Params of the team and the installation. */
  readonly settings: Pick<TeamRunSettings, 'global' | 'team'>;
  /** Opens sealed parts of a value. */
  readonly reveal: <Value>(value: Value) => Value;
}

/**
 * Refuses a definition that cannot run, with all its problems in one answer.
 * @throws RefusedError WORKFLOW_INVALID_DEFINITION, or the contract's own code if there is only one kind of problem.
 */
export function checkDefinition(definition: WorkflowDefinition, surroundings: Surroundings): void {
  const problems = [...sizeProblems(definition)];
  if (problems.length === 0) {
    const patterns = new PatternSet();
    problems.push(
      ...paramProblems(definition, surroundings),
      ...triggerProblems(definition, patterns),
      ...taskProblems(definition, surroundings, patterns),
    );
  }
  const [first] = problems;
  if (!first) return;
  const reason = problems.every((each) => each.reason === first.reason) ? first.reason : 'WORKFLOW_INVALID_DEFINITION';
  const shown = problems.slice(0, maxShown).map(({ text }) => text);
  const more = problems.length > maxShown ? [`And ${problems.length - maxShown} more.`] : [];
  throw new RefusedError(reason, ['Invalid Workflow definition.', ...shown, ...more].join(' '));
}

function problem(text: string, reason: FaultReason = 'WORKFLOW_INVALID_DEFINITION'): Problem {
  return { reason, text };
}

function sizeProblems(definition: WorkflowDefinition): Problem[] {
  const problems: Problem[] = [];
  const dependencies = (definition.tasks ?? []).reduce((sum, task) => sum + (task.dependencies?.length ?? 0), 0);
  if (dependencies > maxDependencies) problems.push(problem(`tasks: at most ${maxDependencies} dependencies in all.`));
  const conditions = Object.values(definition.triggers ?? {}).reduce(
    (sum, trigger) => sum + (trigger?.conditions?.length ?? 0),
    0,
  );
  if (conditions > maxConditions) problems.push(problem(`triggers: at most ${maxConditions} conditions in all.`));
  if (jsonBytes(definition) > maxDefinition)
    problems.push(problem(`The definition is larger than ${maxDefinition} bytes.`));
  return problems;
}

function paramProblems({ params }: WorkflowDefinition, { settings, reveal }: Surroundings): Problem[] {
  const declared = params ?? [];
  // A masked default means: keep the stored one.
  const problems = declarationProblems('params', declared, (value) => (value === mask ? null : reveal(value)));
  const templates = declared.flatMap(({ name, type, default: value }) =>
    type === 'password' ? [] : [{ name, value }],
  );
  const below = new Set([...settings.team, ...settings.global].map(({ name }) => name));
  const circles = circleProblems('params', templates, 'workflow', (name) => below.has(name));
  return [...problems, ...circles].map((text) => problem(text));
}

function triggerProblems({ triggers }: WorkflowDefinition, patterns: PatternSet): Problem[] {
  return Object.entries(triggers ?? {}).flatMap(([name, trigger]) =>
    (trigger?.conditions ?? []).flatMap(({ field, operation, value, values }, index) => {
      const named = `triggers.${name}.conditions.${index}`;
      const path = problemOf(() => Path.parse(field));
      const problems = path === null ? [] : [problem(`${named}: field ${path}.`)];
      if (operation === 'in' && !values?.length)
        problems.push(problem(`${named}: values is missing for operation in.`));
      if (operation !== 'in' && (value === null || value === undefined)) {
        problems.push(problem(`${named}: value is missing for operation ${operation}.`));
      }
      const pattern = operation === 'matches' ? problemOf(() => patterns.add(value ?? '')) : null;
      if (pattern !== null) problems.push(problem(`${named}: value ${pattern}.`));
      return problems;
    }),
  );
}

/** What is wrong with an expression; null if it is valid. */
function problemOf(use: () => unknown): string | null {
  try {
    use();
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function taskProblems(
  { tasks: given, params }: WorkflowDefinition,
  { catalogue, reveal }: Surroundings,
  patterns: PatternSet,
): Problem[] {
  const tasks = given ?? [];
  if (tasks.length === 0)
    return [problem('tasks: a workflow needs a task of type start, one of type end, and a path between them.')];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const decisions = new Set(tasks.filter((task) => typeOf(task) === 'decision').map(({ name }) => name));
  const workflowParams = new Set((params ?? []).map(({ name }) => name));
  for (const [index, task] of tasks.entries()) {
    const named = `Task ${task.name === '' ? `number ${index}` : task.name}`;
    const entry = catalogue.get(task.name);
    const wrongName = nameProblem(task.name);
    if (wrongName !== null) problems.push(problem(`${named}: name ${wrongName}.`));
    if (task.name === 'failed')
      problems.push(
        problem(`${named}: a task may not be named failed: a retry from failed means the tasks that failed.`),
      );
    if (seen.has(task.name))
      problems.push(problem(`${named}: the name is given twice.`, 'WORKFLOW_NON_UNIQUE_TASK_NAME'));
    seen.add(task.name);
    problems.push(...typeProblems(named, task, entry));
    for (const { taskRef, decisionCondition } of task.dependencies ?? []) {
      if (!decisionCondition?.trim()) continue;
      if (!decisions.has(taskRef)) {
        problems.push(
          problem(`${named}: decisionCondition is only for dependencies on a decision; ${taskRef} is not a decision.`),
        );
      }
      problems.push(...conditionProblems(named, decisionCondition, patterns));
    }
    const texts = [
      ...contentProblems(task, entry),
      ...(entry ? catalogueParamProblems(task, entry, workflowParams, reveal) : []),
    ];
    problems.push(...texts.map((text) => problem(`${named}: ${text}`)));
  }
  const graph = tasks.map((task) => ({
    name: task.name,
    type: typeOf(task) ?? '',
    dependencies: (task.dependencies ?? []).map(({ taskRef }) => taskRef),
  }));
  return [...problems, ...graphProblems(graph).map((text) => problem(text))];
}

/** What is wrong with the params, results and variables of a task, including those from the catalogue. */
function contentProblems(task: WorkflowTaskDefinition, entry: CatalogueTask | undefined): string[] {
  const given = (task.params ?? []).map(({ name, value }) => ({ name, value: value ?? null }));
  const names = new Set(given.map(({ name }) => name));
  const declared = entry && !entry.isSystem ? entry.params : [];
  const defaults = declared.filter(({ name }) => !names.has(name));
  const values = [...given, ...defaults.map(({ name, defaultValue = null }) => ({ name, value: defaultValue }))];
  const envs = ownEnvs(task, given.find(({ name }) => name === 'envs')?.value);
  return [
    ...(names.size < given.length ? ['a param is given twice.'] : []),
    ...(typesWithVariables.has(typeOf(task) ?? '') ? variableProblems(values.map(({ name }) => name)) : []),
    ...circleProblems('params', values, null, () => true),
    ...resultProblems(task.results ?? []),
    ...envProblems(envs ?? []),
  ];
}

function typeProblems(named: string, task: WorkflowTaskDefinition, entry: CatalogueTask | undefined): Problem[] {
  const type = typeOf(task);
  if (type === undefined) return [problem(`${named}: type is missing.`, 'WORKFLOW_INVALID_TASK_REF')];
  const hasWork =
    type !== 'script' ||
    Boolean(task.spec?.script ?? entry?.spec.script) ||
    (task.params ?? []).some(({ name }) => name === 'script') ||
    (entry?.params ?? []).some(({ name, defaultValue }) => name === 'script' && defaultValue !== undefined);
  return hasWork ? [] : [problem(`${named}: a script task needs spec.script or a param script.`)];
}

function conditionProblems(named: string, condition: string, patterns: PatternSet): Problem[] {
  return condition.split(/\r?\n/).flatMap((line) => {
    if (line.trim() === '') return [];
    const wrong = problemOf(() => patterns.add(line.trim()));
    return wrong === null
      ? []
      : [problem(`${named}: decisionCondition ${JSON.stringify(line.slice(0, 60))} ${wrong}.`)];
  });
}
