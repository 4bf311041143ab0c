import type { WorkflowDefinition } from '#libs/contracts';
import { isSealed, mask, type SecretBox } from '#libs/secrets';

const fields = ['default', 'value'] as const;

/**
 * The definition with the defaults of its passwords sealed. One that comes back as it was shown, without its value, keeps the value
 * of the revision `before`: reading a definition and saving it again loses nothing.
 */
export function withSealedDefaults(
  definition: WorkflowDefinition,
  before: WorkflowDefinition | null,
  box: SecretBox,
): WorkflowDefinition {
  if (!definition.params?.some(({ type }) => type === 'password')) return definition;
  const params = definition.params.map((param) => {
    if (param.type !== 'password') return param;
    const known = before?.params?.find(({ name, type }) => name === param.name && type === 'password');
    const sealed = fields.flatMap((field) => {
      const value = param[field];
      const isShown = value === undefined || value === null || value === mask;
      if (isShown) return isSealed(known?.[field]) ? [[field, known?.[field]] as const] : [];
      return [[field, typeof value === 'string' && value !== '' ? box.seal(value) : value] as const];
    });
    const { default: _default, value: _value, ...rest } = param;
    return { ...rest, ...Object.fromEntries(sealed) };
  });
  return { ...definition, params };
}
