import { isTimestamp, RefusedError } from '#libs/kernel';
import { maxUnpaged } from './bounds';
import { percentDecoded } from './percent-decoded';
import { refuseText } from './storable';

/** A parsed query string; a parameter may be repeated. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

function invalid(message: string): RefusedError {
  return new RefusedError('QUERY_INVALID_FILTERS', `Invalid query filters have been provided. ${message}`);
}

function required(name: string): RefusedError {
  return invalid(`Parameter ${name} is required.`);
}

/** All given values; an empty value counts as absent. */
function valuesOf(query: RawQuery, name: string): string[] {
  const raw = query[name];
  if (raw === undefined) return [];
  return (typeof raw === 'string' ? [raw] : raw).filter((value) => value.trim() !== '');
}

function singleOf(query: RawQuery, name: string): string | undefined {
  const values = valuesOf(query, name);
  if (values.length > 1) throw invalid(`Parameter ${name} must be given once.`);
  return values[0]?.trim();
}

/** The text as the client sent it. */
export function textParam(query: RawQuery, name: string): string | undefined {
  return singleOf(query, name);
}

/** @throws RefusedError QUERY_INVALID_FILTERS if it is missing. */
export function requiredTextParam(query: RawQuery, name: string): string {
  const text = singleOf(query, name);
  if (text === undefined) throw required(name);
  return text;
}

/** The most items of a list parameter. */
const maxListItems = 1000;

/** Items of a list: separated by commas, repeated, or both. Absent if none was given. */
export function listParam(query: RawQuery, name: string): string[] | undefined {
  const items = valuesOf(query, name)
    .flatMap((value) => value.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length > maxListItems) throw invalid(`Parameter ${name} must have at most ${maxListItems} items.`);
  return items.length > 0 ? items : undefined;
}

/** Items of a known set; upper and lower case are equal. */
export function enumListParam<Value extends string>(
  query: RawQuery,
  name: string,
  allowed: readonly Value[],
): Value[] | undefined {
  return listParam(query, name)?.map((item) => {
    const found = allowed.find((each) => each.toLowerCase() === item.toLowerCase());
    if (found === undefined) throw invalid(`Parameter ${name}: ${quote(item)} is not one of ${allowed.join(', ')}.`);
    return found;
  });
}

export interface IntBounds {
  readonly min: number;
  readonly max: number;
}

export function intParam(query: RawQuery, name: string, bounds: IntBounds & { readonly default: number }): number {
  return optionalIntParam(query, name, bounds) ?? bounds.default;
}

export function optionalIntParam(query: RawQuery, name: string, { min, max }: IntBounds): number | undefined {
  const text = singleOf(query, name);
  if (text === undefined) return undefined;
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(`Parameter ${name} must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

/** @throws RefusedError QUERY_INVALID_FILTERS if it is missing. */
export function requiredIntParam(query: RawQuery, name: string, bounds: IntBounds): number {
  const value = optionalIntParam(query, name, bounds);
  if (value === undefined) throw required(name);
  return value;
}

/** The years 1 to 9999, in milliseconds since the epoch: PostgreSQL's dates go back little further. */
const earliest = -62_135_596_800_000;
const latest = 253_402_300_799_999;

/** Milliseconds since the epoch; moves dates outside the years 1 to 9999 to the nearest of the two ends. */
export function dateParam(query: RawQuery, name: string): number | undefined {
  const date = optionalIntParam(query, name, { min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });
  return date === undefined ? undefined : Math.min(Math.max(date, earliest), latest);
}

/** A moment of the ledger. `time`: milliseconds since the epoch. */
export type Moment = { readonly position: number } | { readonly time: number };

/** The position of an event in the ledger, or a time with its offset. */
export function momentParam(query: RawQuery, name: string): Moment | undefined {
  const text = singleOf(query, name);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) {
    const position = Number(text);
    if (Number.isSafeInteger(position) && position > 0) return { position };
  }
  const time = timeOf(text);
  if (time !== null) return { time };
  throw invalid(
    `Parameter ${name} must be a position of the ledger, a whole number from 1, or a time with its offset, such as 2026-11-25T10:05:00Z.`,
  );
}

/** A timestamp as milliseconds since the epoch; null if it is none. */
function timeOf(text: string): number | null {
  // A query's plain + is read as a space, and the offset of our own timestamps begins with one.
  const time = text.replace(/ (?=\d{2}:\d{2}$)/, '+');
  const milliseconds = isTimestamp(time) ? Date.parse(time.toUpperCase()) : NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** Milliseconds since the epoch, given as such or as a time with its offset. */
export function timeParam(query: RawQuery, name: string): number | undefined {
  const text = singleOf(query, name);
  const time = text === undefined ? null : timeOf(text);
  if (time !== null) return time;
  if (text !== undefined && !/^\s*(-?\d+)?\s*$/.test(text)) {
    throw invalid(
      `Parameter ${name} must be a time with its offset, such as 2026-11-25T10:05:00Z, or milliseconds since the epoch.`,
    );
  }
  return dateParam(query, name);
}

const yes: readonly string[] = ['true', 'on', 'yes', '1'];
const no: readonly string[] = ['false', 'off', 'no', '0'];

export function booleanParam(query: RawQuery, name: string, fallback: boolean): boolean {
  const text = singleOf(query, name)?.toLowerCase();
  if (text === undefined) return fallback;
  if (yes.includes(text)) return true;
  if (no.includes(text)) return false;
  throw invalid(`Parameter ${name} must be true or false.`);
}

export function orderParam(query: RawQuery, name = 'order', fallback: 'ASC' | 'DESC' = 'ASC'): 'ASC' | 'DESC' {
  const text = singleOf(query, name)?.toUpperCase();
  if (text === undefined) return fallback;
  if (text === 'ASC' || text === 'DESC') return text;
  throw invalid(`Parameter ${name} must be ASC or DESC.`);
}

export function choiceParam<Value extends string>(
  query: RawQuery,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const text = singleOf(query, name);
  if (text === undefined) return undefined;
  const found = allowed.find((each) => each.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw invalid(`Parameter ${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

export interface Paging {
  readonly page: number;
  readonly limit: number;
  /** The request wants everything, as one page; `limit` is then the bound. */
  readonly isWhole?: boolean;
}

/** `limit` 1 to 1000, 10 if absent; `page` from 0. */
export function pagingParams(query: RawQuery): Paging {
  return {
    limit: intParam(query, 'limit', { min: 1, max: 1000, default: 10 }),
    page: intParam(query, 'page', { min: 0, max: 2_147_483_647, default: 0 }),
  };
}

/**
 * The same for lists that the reference's client reads whole: without `limit`, all items are one page, 10,000 at most,
 * and `page` has no effect.
 */
export function wholeOrPaging(query: RawQuery): Paging {
  const paging = pagingParams(query);
  return singleOf(query, 'limit') === undefined ? { page: 0, limit: maxUnpaged, isWhole: true } : paging;
}

export interface Sorting<Column extends string> {
  readonly sort: Column;
  readonly order: 'ASC' | 'DESC';
}

/**
 * `sort` names a column and `order` its direction; the reference's document has the direction in `sort`, so we accept
 * that too.
 */
export function sortingParams<Column extends string>(
  query: RawQuery,
  columns: readonly [Column, ...Column[]],
  fallback: 'ASC' | 'DESC' = 'ASC',
): Sorting<Column> {
  const order = orderParam(query, 'order', fallback);
  const direction = singleOf(query, 'sort')?.toUpperCase();
  if (direction === 'ASC' || direction === 'DESC') return { sort: columns[0], order: direction };
  return { sort: choiceParam(query, 'sort', columns) ?? columns[0], order };
}

/**
 * Labels that must all match: items `key=value`. The query's reader has split the list at plain commas, and decoded
 * each item once. A key has no `=`: if an item has no `=` but contains `%3D`, the client has encoded it twice, so this
 * decodes it until the `=` appears. The result is the label's own text, whatever it looks like.
 */
export function labelsParam(query: RawQuery, name = 'labels'): Record<string, string> | undefined {
  const items = valuesOf(query, name).flatMap(labelsIn);
  if (items.length > maxListItems) throw invalid(`Parameter ${name} must have at most ${maxListItems} items.`);
  if (items.length === 0) return undefined;
  const labels: Record<string, string> = {};
  for (const item of items) {
    const text = decodedLabel(item);
    refuseText(text, name);
    refuseText(decodedWhole(item), name);
    const separator = text.indexOf('=');
    if (separator < 1) {
      throw invalid(`Parameter ${name}: ${quote(item)} must be key=value (URL-encoded, as in key%3Dvalue).`);
    }
    const key = text.slice(0, separator);
    const value = text.slice(separator + 1);
    // One key can never have two values: keep the contradiction, so that nothing matches.
    if (Object.hasOwn(labels, key) && labels[key] !== value) labels[`${key}\u0001`] = value;
    labels[key] = value;
  }
  return labels;
}

/** How often a label is decoded at most; nobody encodes it more often. */
const maxDecodings = 8;

/**
 * A client may have encoded the whole list: if the `=` of labels is still encoded, a plain comma separates two labels.
 */
function labelsIn(item: string): string[] {
  let text = item;
  for (let round = 0; round < maxDecodings && text.includes('%') && !text.includes('='); round++) {
    if (text.includes(',')) return text.split(',').flatMap(labelsIn);
    text = percentDecoded(text);
  }
  return [item];
}

/** The label itself: decoded until the `=` appears. */
function decodedLabel(item: string): string {
  return decodedUntil(item, (text) => text.includes('='));
}

/** Decodes all levels of encoding: they must not hide a NUL. */
function decodedWhole(item: string): string {
  return decodedUntil(item, () => false);
}

function decodedUntil(item: string, isDone: (text: string) => boolean): string {
  let text = item;
  for (let round = 0; round < maxDecodings && text.includes('%') && !isDone(text); round++) text = percentDecoded(text);
  return text;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
