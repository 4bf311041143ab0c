import { checkValue, paramTypes, type ValueRules } from './param-value';
import { isVariableName, variableOfParam } from './param-variable';
import { type LayerName, tokensIn } from './template';

/** A declared param of a workflow or a catalogue task. */
export interface Declaration {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly default?: unknown;
  readonly options?: readonly { readonly key: string }[] | null | undefined;
  readonly minValueLength?: number | null | undefined;
  readonly maxValueLength?: number | null | undefined;
}

/** What a declaration says about a value; without a type, the value is a text. */
export function rulesOf({ type, options, minValueLength, maxValueLength }: Declaration): ValueRules {
  return {
    type: type ?? 'text',
    ...(options && options.length > 0 && { options: options.map(({ key }) => key) }),
    ...(minValueLength && { minValueLength }),
    ...(maxValueLength && { maxValueLength }),
  };
}

/**
 * What is wrong with a name in references; null if it is right. References could not distinguish a dot in it from a
 * path.
 */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'must not be empty';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'must not have control characters';
  return /[.()$]/.test(name) ? 'must not have the characters . ( ) $, which references use' : null;
}

/** The same for a param: no token could contain a name with brackets or quotes. */
export function paramNameProblem(name: string): string | null {
  const problem = nameProblem(name);
  if (problem !== null || !/[[\]'"]/.test(name)) return problem;
  return `must not have the characters . ( ) $ [ ] ' ", which references use`;
}

/**
 * Errors in declared params that no value can fix, one sentence each.
 * @param where the field that holds the params.
 * @param open decrypts a sealed default; null = do not check it.
 */
export function declarationProblems(
  where: string,
  params: readonly Declaration[],
  open: (value: unknown) => unknown,
): string[] {
  const seen = new Set<string>();
  return params.flatMap((param, index) => {
    const named = `${where}.${index} (${param.name})`;
    const wrongName = paramNameProblem(param.name);
    const problems = wrongName === null ? [] : [`name ${wrongName}`];
    if (seen.has(param.name)) problems.push('the name is given twice');
    seen.add(param.name);
    problems.push(...ruleProblems(param, open));
    return problems.map((problem) => `${named}: ${problem}.`);
  });
}

function ruleProblems(param: Declaration, open: (value: unknown) => unknown): string[] {
  const rules = rulesOf(param);
  if (!paramTypes.includes(rules.type)) return [`type must be one of ${paramTypes.join(', ')}`];
  const { options, minValueLength: min = 0, maxValueLength: max = 0 } = rules;
  if (max > 0 && min > max) return ['minValueLength must not be above maxValueLength'];
  const fits = (option: string) => checkValue(rules, option) === null;
  if (rules.type === 'select' && options && !options.some(fits))
    return ['minValueLength and maxValueLength allow none of the options'];
  const wrong = defaultProblem(rules, param.default, open);
  return wrong === null ? [] : [`default ${wrong}`];
}

/** A default with a token is checked when it is resolved; tokens in a password's default are plain text. */
function defaultProblem(rules: ValueRules, value: unknown, open: (value: unknown) => unknown): string | null {
  if (rules.type !== 'password' && tokensIn(value).length > 0) return null;
  const opened = open(value);
  return opened === undefined || opened === null || opened === '' ? null : checkValue(rules, opened);
}

/** The most circles that are named, and the most names in each. */
const maxCircles = 10;
const maxNames = 20;

/** Params of one layer that refer to themselves through others: one sentence for each circle, with its names. */
export function circleProblems(
  where: string,
  params: readonly { readonly name: string; readonly value: unknown }[],
  /** The layer of these params; null: the task's own, which no token can name. */
  layer: LayerName | null,
  /** Whether a layer below has a param with this name: then a param that refers to its own name means that one. */
  isBelow: (name: string) => boolean,
): string[] {
  const known = new Set(params.map(({ name }) => name));
  const references = new Map(
    params.map(({ name, value }) => {
      const named = tokensIn(value).flatMap(({ token }) => {
        const isHere = token.kind === 'param' && (token.layer === null || token.layer === layer);
        if (!isHere || !known.has(token.name)) return [];
        return token.name === name && token.layer === null && isBelow(name) ? [] : [token.name];
      });
      return [name, [...new Set(named)]] as const;
    }),
  );
  return circlesIn(references).map((circle) => {
    const names = circle.length > maxNames ? [...circle.slice(0, maxNames), '…'] : circle;
    return `${where}: ${circle[0] ?? ''} refers to itself: ${names.join(' → ')}.`;
  });
}

/** Depth first, without recursion: each reference back into the current path closes a circle. */
function circlesIn(references: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of references.keys()) {
    const way: { readonly name: string; next: number }[] = [];
    const places = new Map<string, number>();
    const enter = (name: string) => {
      places.set(name, way.length);
      way.push({ name, next: 0 });
    };
    if (!done.has(start)) enter(start);
    for (let last = way.at(-1); last; last = way.at(-1)) {
      const name = references.get(last.name)?.[last.next++];
      if (name === undefined) {
        way.pop();
        places.delete(last.name);
        done.add(last.name);
        continue;
      }
      const place = places.get(name);
      if (place !== undefined) {
        if (circles.push([...way.slice(place).map((each) => each.name), name]) === maxCircles) return circles;
      } else if (!done.has(name)) enter(name);
    }
  }
  return circles;
}

/** Types of tasks with params that an agent passes as environment variables. */
export const typesWithVariables: ReadonlySet<string> = new Set(['script', 'template', 'custom']);

/** Params of one task that give the same environment variable: one sentence each. */
export function variableProblems(names: Iterable<string>): string[] {
  const makers = new Map<string, string>();
  return [...names].flatMap((name) => {
    const variable = variableOfParam(name);
    const before = makers.get(variable);
    if (before === undefined) makers.set(variable, name);
    return before === undefined || before === name
      ? []
      : [`params ${before} and ${name} both give the environment variable ${variable}: rename one.`];
  });
}

/** What is wrong with the names in a task's `envs`: one sentence each. */
export function envProblems(envs: readonly { readonly name: string }[]): string[] {
  return [
    ...envs.flatMap(({ name }) =>
      isVariableName(name) ? [] : [`${JSON.stringify(name)} in envs is not a valid name of a variable.`],
    ),
    ...repeated(envs).map((name) => `${name} is given twice in envs.`),
  ];
}

/** What is wrong with the names of a task's results: one sentence each. */
export function resultProblems(results: readonly { readonly name: string }[]): string[] {
  return [
    ...repeated(results).map((name) => `result ${name} is given twice.`),
    ...results.flatMap(({ name }) =>
      /[./\\()[\]]/.test(name) ? [`result ${name} must not have the characters . / \\ ( ) [ ].`] : [],
    ),
  ];
}

function repeated(items: readonly { readonly name: string }[]): string[] {
  const seen = new Set<string>();
  const twice = items.flatMap(({ name }) => {
    const isKnown = seen.has(name);
    seen.add(name);
    return isKnown ? [name] : [];
  });
  return [...new Set(twice)];
}
