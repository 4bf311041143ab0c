import { z } from 'zod';

/*
 * What is wrong with a value, in words that follow the name of its field: "must have at most 100 characters". Of a schema that says nothing
 * of its own; for all schemas of the process.
 */
z.config({ localeError: (issue) => messageOf(issue as PlainIssue) });

type PlainIssue = z.core.$ZodIssue & { readonly input?: unknown };

/** Names of types, with their article. */
const types: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'absent',
  date: 'a date',
  nan: 'a number',
};

/** What things are counted in. */
const units: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  set: ['item', 'items'],
  map: ['entry', 'entries'],
  object: ['field', 'fields'],
  record: ['field', 'fields'],
};

function messageOf(issue: PlainIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const type = typeNamed(issue.expected);
      return issue.input === undefined
        ? `is missing: it must be ${type}`
        : `must be ${type}, not ${kindOf(issue.input)}`;
    }
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_big':
      return `must ${sized(issue.origin, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1 && issue.inclusive !== false) return 'must not be empty';
      return `must ${sized(issue.origin, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')}`;
    case 'invalid_format':
      return issue.format === 'regex'
        ? `must match ${issue.pattern ?? 'a pattern'}`
        : `must be a valid ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `must not have ${issue.keys.map((key) => `the field ${key}`).join(', ')}`;
    case 'invalid_key':
      return `the name of this field ${joined(issue.issues)}`;
    case 'invalid_element':
      return `an item ${joined(issue.issues)}`;
    case 'invalid_union':
      return issue.errors.length > 0 ? joined(issue.errors.flat()) : 'must have another form';
    default:
      return 'is not valid';
  }
}

function typeNamed(type: string): string {
  return types[type] ?? `a ${type}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Number.isNaN(value)) return 'no number at all';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return typeNamed(Array.isArray(value) ? 'array' : typeof value);
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`;
}

function sized(origin: string, bound: number | bigint, how: string): string {
  const unit = units[origin];
  if (!unit) return `be ${how} ${bound}`;
  return `have ${how} ${bound} ${unit[Number(bound) === 1 ? 0 : 1]}`;
}

/** Each message once. */
function joined(issues: readonly { readonly message: string }[]): string {
  return [...new Set(issues.map(({ message }) => message))].join(' or ');
}
