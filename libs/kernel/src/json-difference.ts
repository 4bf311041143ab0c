import type { Json, JsonObject } from './json';

/** A field that differs. Absent `before` or `after`: the field was not there. */
export interface JsonChange {
  /**
   * Like a JSON Pointer (RFC 6901): `/tasks/build/status`. An item of a list whose items have names of their own is
   * shown by its name, any other by its index.
   */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/**
 * What differs between two JSON values, field by field, in the order of `before`, then what `after` adds. A field that
 * was added or removed is one change with its whole value. Lists of named items are compared by name, other lists by
 * index; lists of plain values are one field.
 */
export function jsonDifference(before: Json, after: Json): JsonChange[] {
  const changes: JsonChange[] = [];
  compare('', before, after, changes);
  return changes;
}

type Members = ReadonlyMap<string, Json>;

function compare(path: string, before: Json, after: Json, changes: JsonChange[]): void {
  if (before === after) return;
  if (isList(before) && isList(after)) compareLists(path, before, after, changes);
  else if (isObject(before) && isObject(after)) compareMembers(path, membersOf(before), membersOf(after), changes);
  else changes.push({ path, before, after });
}

function compareMembers(path: string, before: Members, after: Members, changes: JsonChange[]): void {
  for (const [name, was] of before) {
    const is = after.get(name);
    if (is === undefined) changes.push({ path: below(path, name), before: was });
    else compare(below(path, name), was, is, changes);
  }
  for (const [name, is] of after) if (!before.has(name)) changes.push({ path: below(path, name), after: is });
}

function compareLists(path: string, before: readonly Json[], after: readonly Json[], changes: JsonChange[]): void {
  const [was, is] = [byName(before), byName(after)];
  if (was && is) {
    compareMembers(path, was, is, changes);
    const [order, orderNow] = [[...was.keys()], [...is.keys()]];
    const kept = orderNow.filter((name) => was.has(name));
    const isMoved = order.filter((name) => is.has(name)).some((name, place) => name !== kept[place]);
    if (isMoved) changes.push({ path, before: order, after: orderNow });
  } else if ([...before, ...after].some((item) => typeof item === 'object' && item !== null)) {
    compareMembers(path, membersOf(before), membersOf(after), changes);
  } else if (before.length !== after.length || before.some((item, place) => item !== after[place])) {
    changes.push({ path, before, after });
  }
}

function membersOf(value: JsonObject | readonly Json[]): Members {
  return new Map(Object.entries<Json>(value as JsonObject));
}

/** The items by their names; null unless each has a name of its own. */
function byName(items: readonly Json[]): Members | null {
  const named = new Map<string, Json>();
  for (const item of items) {
    const name = isObject(item) ? item['name'] : undefined;
    if (typeof name !== 'string' || named.has(name)) return null;
    named.set(name, item);
  }
  return named;
}

/** The path of a field, as changes have it. */
export function jsonPath(...names: readonly string[]): string {
  return names.reduce(below, '');
}

function below(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}
