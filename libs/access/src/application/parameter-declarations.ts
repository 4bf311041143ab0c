import type { WorkflowParamDefinition } from '#libs/contracts';
import { checkValue, paramNameProblem, paramTypes, RefusedError, rulesOf } from '#libs/kernel';
import type { SecretBox } from '#libs/secrets';
import type { Parameter } from '../domain';

const valueFields = ['value', 'default'] as const;

/**
 * The parameter as it is stored: a password's values are sealed.
 * @throws RefusedError PARAMETER_INVALID_DEFINITION
 */
export function toParameter(given: WorkflowParamDefinition, box: SecretBox): Parameter {
  const { name } = given;
  const wrongName = paramNameProblem(name);
  if (wrongName !== null) throw wrong(`name ${JSON.stringify(name)} ${wrongName}.`);
  const parameter: Record<string, unknown> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
  );
  const type = given.type ?? 'text';
  if (!paramTypes.includes(type)) throw wrong(`type of ${name} must be one of ${paramTypes.join(', ')}.`);
  if (type === 'password') {
    for (const field of valueFields) {
      const value = parameter[field];
      if (value === undefined) continue;
      if (typeof value !== 'string') throw wrong(`${field} of ${name} must be a text, since it is a password.`);
      parameter[field] = value === '' ? '' : box.seal(value);
    }
  }
  const rules = rulesOf(given);
  for (const field of type === 'password' ? [] : valueFields) {
    const value = parameter[field];
    const problem = value === undefined || value === '' ? null : checkValue(rules, value);
    if (problem !== null) throw wrong(`${field} of ${name} ${problem}, since its type is ${type}.`);
  }
  return { ...parameter, name, type };
}

function wrong(why: string): RefusedError {
  return new RefusedError('PARAMETER_INVALID_DEFINITION', `Invalid Parameter: ${why}`);
}
