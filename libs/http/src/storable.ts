import { RefusedError, sealedStart } from '#libs/kernel';

const maxNesting = 64;

/**
 * Refuses what PostgreSQL's JSON cannot hold, or what is nested so deep that walking it is an attack: text with NUL or lone
 * surrogates, and more than 64 levels. Without recursion.
 */
export function refuseUnstorable(body: unknown): void {
  const open: { value: unknown; depth: number; path: string }[] = [{ value: body, depth: 0, path: 'body' }];
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, depth, path } = item;
    if (typeof value === 'string') refuseText(value, path);
    if (value === null || typeof value !== 'object') continue;
    if (depth >= maxNesting) {
      throw new RefusedError('BAD_REQUEST', `${short(path)} is nested more than ${maxNesting} levels deep.`);
    }
    for (const [key, member] of Object.entries(value)) {
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
