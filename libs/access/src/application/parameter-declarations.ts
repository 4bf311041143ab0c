import type { WorkflowParamDefinition } from '#libs/contracts';
import { checkValue, paramTypes, RefusedError, type ValueRules } from '#libs/kernel';
import type { SecretBox } from '#libs/secrets';
import type { Parameter } from '../domain';

const valueFields = ['value', 'default'] as const;

/**
 * The parameter as it is stored: the values of a password sealed.
 * @throws RefusedError PARAMETER_INVALID_DEFINITION
 */
export function toParameter(given: WorkflowParamDefinition, box: SecretBox): Parameter {
  const { name } = given;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name.trim() === '' || /[.()$\u0000-\u001f\u007f]/.test(name)) {
    throw wrong(
      `name ${JSON.stringify(name)} must not be empty, nor have control characters or the characters . ( ) $.`,
    );
  }
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
  const rules = rulesOf(given, type);
  for (const field of type === 'password' ? [] : valueFields) {
    const value = parameter[field];
    const problem = value === undefined || value === '' ? null : checkValue(rules, value);
    if (problem !== null) throw wrong(`${field} of ${name} ${problem}, since its type is ${type}.`);
  }
  return { ...parameter, name, type };
}

function rulesOf({ options, minValueLength, maxValueLength }: WorkflowParamDefinition, type: string): ValueRules {
  return {
    type,
    ...(options && options.length > 0 && { options: options.map(({ key }) => key) }),
    ...(minValueLength && { minValueLength }),
    ...(maxValueLength && { maxValueLength }),
  };
}

function wrong(why: string): RefusedError {
  return new RefusedError('PARAMETER_INVALID_DEFINITION', `Invalid Parameter: ${why}`);
}
