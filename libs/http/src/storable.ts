import { personalStart, RefusedError, sealedStart } from '#libs/kernel';
import { maxNesting } from './bounds';

/**
 * Refuses values that PostgreSQL's JSON cannot store (text with NUL or lone surrogates), and values that are too deep
 * (more than 64 levels) or too many to walk cheaply. Without recursion.
 * @param maxValues members of objects and items of lists, in all.
 */
export function refuseUnstorable(body: unknown, maxValues: number): void {
  let values = 0;
  const open: { value: unknown; depth: number; path: string }[] = [{ value: body, depth: 0, path: 'body' }];
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, depth, path } = item;
    if (typeof value === 'string') refuseText(value, path);
    if (value === null || typeof value !== 'object') continue;
    if (depth >= maxNesting) {
      throw new RefusedError('BAD_REQUEST', `${short(path)} is nested more than ${maxNesting} levels deep.`);
    }
    const members = value as Readonly<Record<string, unknown>>;
    const names = Array.isArray(value) ? null : Object.keys(value);
    const count = names?.length ?? (value as readonly unknown[]).length;
    values += count;
    if (values > maxValues) {
      throw new RefusedError('BAD_REQUEST', `The request body has more than ${maxValues} values.`);
    }
    for (let index = 0; index < count; index++) {
      const name = names?.[index] ?? index;
      if (typeof name === 'string' && !isStorable(name)) refuseText(name, path);
      if (name === '__proto__') {
        throw new RefusedError('BAD_REQUEST', `${short(path)} must not have a member named __proto__.`);
      }
      const member = members[name];
      if (typeof member === 'string') {
        if (!isStorable(member)) refuseText(member, `${path}.${name}`);
      } else if (member !== null && typeof member === 'object') {
        open.push({ value: member, depth: depth + 1, path: depth < maxShownDepth ? `${path}.${name}` : path });
      }
    }
  }
}

/** The most names of a path in a message. */
const maxShownDepth = 8;

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed() && !isForged(text);
}

/** Only the server makes these marks. */
function isForged(text: string): boolean {
  return text.includes(sealedStart) || text.includes(personalStart);
}

export function refuseText(text: string, path: string): void {
  if (isStorable(text)) return;
  const why = isForged(text)
    ? 'must not contain the mark of a sealed value (U+E000).'
    : 'must be well-formed Unicode text without NUL characters.';
  throw new RefusedError('BAD_REQUEST', `${short(path)} ${why}`);
}

function short(path: string): string {
  return path.length > 120 ? `${path.slice(0, 120)}…` : path;
}
