/** The types of params: the reference's input types, and Tekton's. */
export const paramTypes: readonly string[] = [
  'text',
  'textarea',
  'email',
  'number',
  'url',
  'boolean',
  'password',
  'select',
  'multiselect',
  'json',
  'texteditor',
  'texteditor::javascript',
  'texteditor::text',
  'texteditor::shell',
  'texteditor::yaml',
  'string',
  'array',
  'object',
];

/** What a declaration says about a value. */
export interface ValueRules {
  /** An input type of the reference, or one of Tekton's `string`, `array`, `object`. */
  readonly type: string;
  readonly options?: readonly string[];
  /** Characters; for both, 0 = no limit. */
  readonly minValueLength?: number;
  readonly maxValueLength?: number;
}

/** What a value must be, if it is wrong; null if it is right. Never repeats the value, which may be a secret. */
export function checkValue(rules: ValueRules, value: unknown): string | null {
  const { type, options, minValueLength: min = 0, maxValueLength: max = 0 } = rules;
  switch (type) {
    case 'number':
      return isNumber(value) ? null : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false' ? null : 'must be true or false';
    case 'json':
      return typeof value === 'object' || parsed(value) !== undefined ? null : 'must be JSON';
    case 'array':
      return Array.isArray(value) || Array.isArray(parsed(value)) ? null : 'must be a list';
    case 'object':
      return isObject(value) || isObject(parsed(value)) ? null : 'must be an object';
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
  if (type === 'email' && !isEmail(value)) return 'must be an e-mail address';
  if (type === 'url' && !URL.canParse(value)) return 'must be a URL';
  if (value.length < min) return `must have at least ${min} characters`;
  if (max > 0 && value.length > max) return `must have at most ${max} characters`;
  return null;
}

/**
 * What is wrong with the value of a declared param: a sentence that names the param and never repeats the value; null
 * if it is right.
 */
export function paramProblem(
  declared: ValueRules & { readonly name: string; readonly required: boolean },
  value: unknown,
): string | null {
  const { name, required } = declared;
  if (value === null || value === '') return required ? `Param ${name} is required: give it a value.` : null;
  const wrong = checkValue(declared, value);
  return wrong === null ? null : `Param ${name} ${wrong}.`;
}

/** Types with values that are no texts. */
const otherTypes: ReadonlySet<string> = new Set(['number', 'boolean', 'json', 'array', 'object', 'multiselect']);

/** A number or boolean counts as text if the task's param is a text. */
export function fittedTo(type: string, value: unknown): unknown {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar && !otherTypes.has(type) ? String(value) : value;
}

function oneOf(options: readonly string[]): string {
  return `must be one of: ${options.slice(0, 50).join(', ')}`;
}

/** One `@` with something on both sides, and no white space; reads the text at most twice. */
function isEmail(value: string): boolean {
  const at = value.indexOf('@');
  return at > 0 && at < value.length - 1 && value.indexOf('@', at + 1) < 0 && !/\s/.test(value);
}

/** As in JSON, or as people write them: `+1`, `.5`, `1.`, `007`. */
const numberText = /^[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[-+]?\d{1,4})?$/i;

function isNumber(value: unknown): boolean {
  if (typeof value === 'number') return true;
  return typeof value === 'string' && numberText.test(value) && Number.isFinite(Number(value));
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Undefined if it is not JSON text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
