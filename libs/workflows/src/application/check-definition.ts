import type { WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';
import { ExpressionError, Path, PatternSet } from '#libs/expressions';
import {
  checkValue,
  type FaultReason,
  jsonBytes,
  paramTypes,
  RefusedError,
  tokensIn,
  variableOfParam,
} from '#libs/kernel';
import { mask } from '#libs/secrets';
import { graphProblems } from '../domain';
import { maxConditions, maxDefinition, maxDependencies } from './bounds';
import { typeOf } from './normalise';

const maxShown = 50;

interface Problem {
  readonly reason: FaultReason;
  readonly text: string;
}

/**
 * Refuses a definition that could not run, with all its problems in one answer.
 * @param reveal opens what is sealed in a default.
 * @throws RefusedError WORKFLOW_INVALID_DEFINITION, or the contract's own code where only one kind of problem was found.
 */
export function checkDefinition(definition: WorkflowDefinition, reveal: <Value>(value: Value) => Value): void {
  const problems = [...sizeProblems(definition)];
  if (problems.length === 0) {
    const patterns = new PatternSet();
    problems.push(
      ...paramProblems(definition, reveal),
      ...triggerProblems(definition, patterns),
      ...taskProblems(definition.tasks ?? [], patterns),
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

function paramProblems({ params }: WorkflowDefinition, reveal: <Value>(value: Value) => Value): Problem[] {
  const seen = new Set<string>();
  return (params ?? []).flatMap((param, index) => {
    const named = `params.${index} (${param.name})`;
    const problems = nameProblems(named, param.name);
    if (seen.has(param.name)) problems.push(problem(`${named}: the name is given twice.`));
    seen.add(param.name);
    if (param.type && !paramTypes.includes(param.type)) {
      problems.push(problem(`${named}: type must be one of ${paramTypes.join(', ')}.`));
    }
    if (param.minValueLength && param.maxValueLength && param.minValueLength > param.maxValueLength) {
      problems.push(problem(`${named}: minValueLength must not be above maxValueLength.`));
    }
    const wrong = defaultProblem(param, reveal);
    return wrong === null ? problems : [...problems, problem(`${named}: default ${wrong}.`)];
  });
}

/** A default with a token is looked at when it is resolved; one that was shown masked stays as it was. */
function defaultProblem(
  param: NonNullable<WorkflowDefinition['params']>[number],
  reveal: <Value>(value: Value) => Value,
): string | null {
  const { type, default: value, options, minValueLength, maxValueLength } = param;
  if (value === undefined || value === null || value === '' || value === mask) return null;
  if (type !== 'password' && tokensIn(value).length > 0) return null;
  const rules = {
    type: type ?? 'text',
    ...(options && options.length > 0 && { options: options.map(({ key }) => key) }),
    ...(minValueLength && { minValueLength }),
    ...(maxValueLength && { maxValueLength }),
  };
  return checkValue(rules, reveal(value));
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

/** What is wrong with an expression; null for one that can be used. */
function problemOf(use: () => unknown): string | null {
  try {
    use();
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

/** Names with a dot could not be told from a path in `$(tasks.<name>.results.<r>)`. */
function nameProblems(named: string, name: string): Problem[] {
  if (name.trim() === '') return [problem(`${named}: name must not be empty.`)];
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return [problem(`${named}: name must not have control characters.`)];
  if (/[.()$]/.test(name))
    return [problem(`${named}: name must not have the characters . ( ) $, which references are made of.`)];
  return [];
}

function taskProblems(tasks: readonly WorkflowTaskDefinition[], patterns: PatternSet): Problem[] {
  if (tasks.length === 0)
    return [problem('tasks: a workflow needs a task of type start, one of type end, and a path between.')];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const decisions = new Set(tasks.filter((task) => typeOf(task) === 'decision').map(({ name }) => name));
  for (const [index, task] of tasks.entries()) {
    const named = `Task ${task.name === '' ? `number ${index}` : task.name}`;
    problems.push(...nameProblems(named, task.name));
    if (seen.has(task.name))
      problems.push(problem(`${named}: the name is given twice.`, 'WORKFLOW_NON_UNIQUE_TASK_NAME'));
    seen.add(task.name);
    problems.push(...typeProblems(named, task));
    for (const { taskRef, decisionCondition } of task.dependencies ?? []) {
      if (!decisionCondition?.trim()) continue;
      if (!decisions.has(taskRef)) {
        problems.push(
          problem(`${named}: decisionCondition is only for dependencies on a decision; ${taskRef} is none.`),
        );
      }
      problems.push(...conditionProblems(named, decisionCondition, patterns));
    }
    const params = (task.params ?? []).map(({ name }) => name);
    if (new Set(params).size < params.length) problems.push(problem(`${named}: a param is given twice.`));
    problems.push(...variableProblems(named, task));
    const results = (task.results ?? []).map(({ name }) => name);
    if (new Set(results).size < results.length) problems.push(problem(`${named}: a result is given twice.`));
    for (const name of results) {
      if (/[./\\()[\]]/.test(name))
        problems.push(problem(`${named}: result ${name} must not have the characters . / \\ ( ) [ ].`));
    }
  }
  const graph = tasks.map((task) => ({
    name: task.name,
    type: typeOf(task) ?? '',
    dependencies: (task.dependencies ?? []).map(({ taskRef }) => taskRef),
  }));
  return [...problems, ...graphProblems(graph).map((text) => problem(text))];
}

/** Types whose params an agent gives to the task as environment variables. */
const withVariables: ReadonlySet<string> = new Set(['script', 'template', 'custom']);

function variableProblems(named: string, task: WorkflowTaskDefinition): Problem[] {
  if (!withVariables.has(typeOf(task) ?? '')) return [];
  const makers = new Map<string, string>();
  return (task.params ?? []).flatMap(({ name }) => {
    const variable = variableOfParam(name);
    const before = makers.get(variable);
    if (before === undefined) makers.set(variable, name);
    return before === undefined || before === name
      ? []
      : [problem(`${named}: params ${before} and ${name} both make the environment variable ${variable}: rename one.`)];
  });
}

function typeProblems(named: string, task: WorkflowTaskDefinition): Problem[] {
  const type = typeOf(task);
  if (type === undefined) return [problem(`${named}: type is missing.`, 'WORKFLOW_INVALID_TASK_REF')];
  const hasWork =
    type !== 'script' || Boolean(task.spec?.script) || (task.params ?? []).some(({ name }) => name === 'script');
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
