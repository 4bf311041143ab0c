import { fittedTo, paramProblem, type ValueRules } from '#libs/kernel';
import type { Json, PlannedParam, RunParam } from './types';

/** A declared param of the workflow. */
export interface DeclaredParam extends ValueRules {
  readonly name: string;
  readonly defaultValue?: Json;
  readonly required: boolean;
}

/** The declared params with their defaults. The default of a password is a secret, and tokens in it are plain text. */
export function declaredParams(declarations: readonly DeclaredParam[]): RunParam[] {
  return declarations.map(({ name, type, defaultValue }) => ({
    name,
    type,
    value: defaultValue ?? null,
    ...(defaultValue !== undefined && type !== 'password' && { isTemplate: true }),
  }));
}

/**
 * What is wrong with the resolved and opened values; one sentence each, which never repeats a value, because it may be
 * a secret.
 */
export function checkParams(declarations: readonly DeclaredParam[], params: readonly RunParam[]): string[] {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  return declarations.flatMap((declared) => paramProblem(declared, values.get(declared.name) ?? null) ?? []);
}

/**
 * The same for a task's params, as far as the catalogue declares them.
 * @param open opens sealed parts of a value.
 */
export function checkTaskParams(
  planned: readonly PlannedParam[],
  params: readonly RunParam[],
  open: (value: Json) => Json,
): string[] {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  return planned.flatMap(({ name, declared }) => {
    if (!declared) return [];
    const value = open(values.get(name) ?? null);
    return paramProblem({ ...declared, name }, fittedTo(declared.type, value)) ?? [];
  });
}
