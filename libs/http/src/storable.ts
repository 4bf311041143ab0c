import { RefusedError, sealedStart } from '#libs/kernel';
import { maxNesting, maxValues } from './bounds';

/**
 * Refuses what PostgreSQL's JSON cannot hold, or what is nested so deep that walking it is an attack: text with NUL or lone
 * surrogates, more than 64 levels, and more than 50,000 values. Without recursion.
 */
export function refuseUnstorable(body: unknown): void {
  let values = 0;
  const open: { value: unknown; depth: number; path: string }[] = [{ value: body, depth: 0, path: 'body' }];
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, depth, path } = item;
    if (typeof value === 'string') refuseText(value, path);
    if (value === null || typeof value !== 'object') continue;
    if (depth >= maxNesting) {
      throw new RefusedError('BAD_REQUEST', `${short(path)} is nested more than ${maxNesting} levels deep.`);
    }
    const entries = Object.entries(value);
    values += entries.length;
    if (values > maxValues) {
      throw new RefusedError('BAD_REQUEST', `The request body holds more than ${maxValues} values.`);
    }
    for (const [key, member] of entries) {
      refuseText(key, path);
      if (typeof member === 'string') refuseText(member, `${path}.${key}`);
      else if (member !== null && typeof member === 'object') {
        open.push({ value: member, depth: depth + 1, path: `${path}.${key}` });
      }
    }
  }
}

export function refuseText(text: string, path: string): void {
  if (text.includes(sealedStart)) {
    throw new RefusedError('BAD_REQUEST', `${short(path)} must not hold the mark of a sealed secret (U+E000).`);
  }
  if (text.includes('\u0000') || !text.isWellFormed()) {
    throw new RefusedError('BAD_REQUEST', `${short(path)} must be well-formed Unicode text without NUL characters.`);
  }
}

function short(path: string): string {
  return path.length > 120 ? `${path.slice(0, 120)}…` : path;
}
