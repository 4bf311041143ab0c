import { isVariableName, variableOfParam } from '#libs/kernel';
import type { ClaimedTask } from '../protocol';
import { textOf } from './substitute';
import { TaskProblem } from './task-problem';

/** The most bytes of one variable, including its name and `=`: Linux allows 128 KiB less the NUL after it. */
export const maxVariable = 128 * 1024 - 1;

/**
 * The most bytes of all variables together: Linux allows a quarter of the usual 8 MiB stack for these and the
 * arguments.
 */
export const maxEnvironment = 1024 * 1024;

interface Variable {
  readonly name: string;
  readonly value: string;
  /** The param's name in the definition. */
  readonly source: string;
}

export interface TaskEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that are too large. */
  readonly large: readonly Variable[];
}

/**
 * The variables of a task for its params and its `envs`.
 * @param fill puts the paths of results into the values of `envs`.
 * @throws TaskProblem if a name cannot be a variable, or two params give the same one.
 */
export function environmentOf({ params, spec }: ClaimedTask, fill: (text: string) => string): TaskEnvironment {
  const found = new Map<string, Variable>();
  for (const { name: given, value } of params) {
    const name = variableOfParam(given);
    const before = found.get(name);
    if (before) throw new TaskProblem('invalid', `${before.source} and param ${given} both give the variable ${name}.`);
    found.set(name, { name, value: textOf(value), source: `Param ${given}` });
  }
  for (const { name, value } of spec.envs ?? []) {
    if (!isVariableName(name)) {
      throw new TaskProblem('invalid', `${JSON.stringify(name)} in envs is not a valid name of a variable.`);
    }
    found.set(name, { name, value: fill(value ?? ''), source: `Variable ${name}` });
  }
  const variables: Record<string, string> = {};
  const large: Variable[] = [];
  let bytes = 0;
  for (const variable of found.values()) {
    const { name, value, source } = variable;
    if (value.includes('\0'))
      throw new TaskProblem('failed', `${source} contains a NUL character, which no variable can.`);
    const size = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
    if (size > maxVariable || bytes + size > maxEnvironment) large.push(variable);
    else {
      variables[name] = value;
      bytes += size;
    }
  }
  return { variables, large };
}

/** Lines for a POSIX shell that set the variables, only for the script itself: no program can receive them. */
export function shellLines(variables: readonly Variable[]): string {
  return variables.map(({ name, value }) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`).join('');
}

/** @throws TaskProblem naming the first variable that is too large and that the text may use. */
export function refuseLarge(large: readonly Variable[], uses: (name: string) => boolean): void {
  const first = large.find(({ name }) => uses(name));
  if (!first) return;
  const { name, value, source } = first;
  const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
  throw new TaskProblem(
    'failed',
    `${source} does not fit into the variable ${name}, which would take ${bytes} bytes: a variable has at most ${maxVariable}, ` +
      `all of a task ${maxEnvironment}. A script for sh or bash can use it.`,
  );
}
