import { fittedTo, paramProblem, type ValueRules } from '#libs/kernel';
import type { Json, PlannedParam, RunParam } from './types';

/** A param as the workflow declares it. */
export interface DeclaredParam extends ValueRules {
  readonly name: string;
  readonly defaultValue?: Json;
  readonly required: boolean;
}

/** The declared params with their defaults. The default of a password is a secret, in which no tokens are looked for. */
export function declaredParams(declarations: readonly DeclaredParam[]): RunParam[] {
  return declarations.map(({ name, type, defaultValue }) => ({
    name,
    type,
    value: defaultValue ?? null,
    ...(defaultValue !== undefined && type !== 'password' && { isTemplate: true }),
  }));
}

/** What is wrong with the values, resolved and opened; one sentence each, that never repeats a value: it may be a secret. */
export function checkParams(declarations: readonly DeclaredParam[], params: readonly RunParam[]): string[] {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  return declarations.flatMap((declared) => paramProblem(declared, values.get(declared.name) ?? null) ?? []);
}

/**
 * The same of a task's params, as far as the catalogue says what they must be.
 * @param open opens what is sealed in a value.
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
