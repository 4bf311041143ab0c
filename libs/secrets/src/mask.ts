import { sealedStart } from '#libs/kernel';

/** What answers show instead of a secret. */
export const mask = '******';

/**
 * A sealed text: a private-use character, version, id of the key, ciphertext, a private-use character. It can be part
 * of a longer text and is found there. Users cannot make one: the server refuses requests with its first character
 * before `sealed:`.
 */
export const sealedPattern = /\uE000sealed:1:([0-9a-f]{8}):([A-Za-z0-9_-]+)\uE001/g;

export function holdsSealed(text: string): boolean {
  return text.includes(sealedStart);
}

export function maskText(text: string): string {
  return holdsSealed(text) ? text.replace(sealedPattern, mask) : text;
}

/** Changes every text in a JSON value, and every number as text; an unchanged part stays the same object. */
export function mapTexts<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value) as Value;
  if (typeof value === 'number') return changedNumber(value, change) as Value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const mapped = items.map((item) => mapTexts(item, change));
    return mapped.some((item, index) => item !== items[index]) ? (mapped as Value) : value;
  }
  const keys = Object.keys(value);
  const members = value as Readonly<Record<string, unknown>>;
  let changed: [string, unknown][] | undefined;
  keys.forEach((key, index) => {
    const member = members[key];
    const [newKey, newMember] = [change(key), mapTexts(member, change)];
    const isSame = newKey === key && newMember === member;
    if (!isSame) changed ??= keys.slice(0, index).map((each) => [each, members[each]]);
    changed?.push([newKey, newMember]);
  });
  return changed ? (Object.fromEntries(changed) as Value) : value;
}

/** A number may be a secret too; its replacement is a text. */
function changedNumber(value: number, change: (text: string) => string): number | string {
  const text = String(value);
  const changed = change(text);
  return changed === text ? value : changed;
}

export function maskAll<Value>(value: Value): Value {
  return mapTexts(value, maskText);
}
