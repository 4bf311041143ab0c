import { sealedStart } from '#libs/kernel';
import type { Json, RunParam } from './types';

/** A param as the workflow declares it. */
export interface DeclaredParam {
  readonly name: string;
  readonly type: string;
  readonly defaultValue?: Json;
  readonly required: boolean;
  readonly options?: readonly string[];
  readonly minValueLength?: number;
  readonly maxValueLength?: number;
}

/** The declared params with their defaults. */
export function declaredParams(declarations: readonly DeclaredParam[]): RunParam[] {
  return declarations.map(({ name, type, defaultValue }) => ({ name, type, value: defaultValue ?? null }));
}

/** What is wrong with the values, one sentence each; never repeats a value, which may be a secret. */
export function checkParams(declarations: readonly DeclaredParam[], params: readonly RunParam[]): string[] {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  return declarations.flatMap((declaration) => {
    const value = values.get(declaration.name) ?? null;
    const named = `Param ${declaration.name}`;
    if (value === null || value === '') {
      return declaration.required ? [`${named} is required: give it a value.`] : [];
    }
    const wrong = checkValue(declaration, value);
    return wrong === null ? [] : [`${named} ${wrong}.`];
  });
}

/** What the value must be, where it is not; null where it is right. A value with a token, or with a
 * secret in it, is not looked into. */
export function checkValue(declaration: DeclaredParam, value: Json): string | null {
  if (typeof value === 'string' && (value.includes('$(') || value.includes(sealedStart))) return null;
  const { type, options, minValueLength: min, maxValueLength: max } = declaration;
  switch (type) {
    case 'number':
      return isNumber(value) ? null : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false' ? null : 'must be true or false';
    case 'json':
      return typeof value === 'object' || isJsonText(value) ? null : 'must be JSON';
    case 'multiselect': {
      const chosen = typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value;
      if (!Array.isArray(chosen) || !chosen.every((each) => typeof each === 'string'))
        return 'must be a list of options';
      return options && chosen.some((each) => !options.includes(each)) ? oneOf(options) : null;
    }
    default:
  }
  if (typeof value !== 'string') return 'must be a text';
  if (type === 'select' && options && !options.includes(value)) return oneOf(options);
  if (type === 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)) return 'must be an e-mail address';
  if (type === 'url' && !URL.canParse(value)) return 'must be a URL';
  if (min !== undefined && value.length < min) return `must have at least ${min} characters`;
  if (max !== undefined && max > 0 && value.length > max) return `must have at most ${max} characters`;
  return null;
}

function oneOf(options: readonly string[]): string {
  return `must be one of: ${options.slice(0, 50).join(', ')}`;
}

function isNumber(value: Json): boolean {
  if (typeof value === 'number') return true;
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
}

function isJsonText(value: Json): boolean {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
