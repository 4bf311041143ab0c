import type { WorkflowParamDefinition } from '#libs/contracts';
import type { Parameter } from '../domain';

/** The parameter as answers show it: passwords without their values. */
export function toParameterBody(parameter: Parameter): WorkflowParamDefinition {
  if (parameter.type !== 'password') return parameter;
  const { value: _value, default: _default, ...rest } = parameter;
  return rest;
}
