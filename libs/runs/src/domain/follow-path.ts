import type { Json } from './types';

/** Follows keys and indexes into a value. Null: the path leads nowhere. */
export function followPath(value: Json, path: readonly string[]): { readonly value: Json } | null {
  let at: Json = value;
  for (const key of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return null;
    if (Array.isArray(at) && !/^\d+$/.test(key)) return null;
    at = (at as Readonly<Record<string, Json>>)[key] ?? null;
  }
  return { value: at };
}

/** Null if it is not JSON. Whole numbers that JavaScript would round become texts, so that they keep their digits. */
export function parseExactly(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return /\d{16}/.test(text) ? (JSON.parse(quoteLongIntegers(text)) as Json) : value;
  } catch {
    return null;
  }
}

/** `text` is valid JSON. */
function quoteLongIntegers(text: string): string {
  let out = '';
  let from = 0;
  let at = 0;
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  while (at < text.length) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    number.lastIndex = at;
    const [found] = number.exec(text) ?? [];
    if (found === undefined) {
      at++;
      continue;
    }
    if (/^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found))) {
      out += `${text.slice(from, at)}"${found}"`;
      from = at + found.length;
    }
    at += found.length;
  }
  return out + text.slice(from);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Without recursion. */
export function isDeeperThan(value: Json, levels: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (each !== null && typeof each === 'object' ? Object.values(each) : []));
  }
  return false;
}
