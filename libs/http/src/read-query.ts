import { RefusedError } from '#libs/kernel';
import type { DeclaredQuery } from './declared-query';
import { percentDecoded } from './percent-decoded';

/** The most parameters in one query string. */
export const maxQueryParameters = 1000;

/**
 * Reads the query string of a URL: a repeated parameter is a list. Decodes names and values once.
 * @throws RefusedError QUERY_INVALID_FILTERS if there are too many.
 */
export function readQuery(url: string, { commas, labels }: DeclaredQuery): Record<string, string | string[]> {
  const start = url.indexOf('?');
  const query: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  if (start < 0) return query;
  const raw = url.slice(start + 1).split('#', 1)[0] ?? '';
  const pairs = (commas ? raw.replace(commas, '&') : raw).split('&', maxQueryParameters + 1);
  if (pairs.length > maxQueryParameters) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      `Invalid query filters have been provided. A query has at most ${maxQueryParameters} parameters.`,
    );
  }
  for (const pair of pairs) {
    if (pair === '') continue;
    const separator = pair.indexOf('=');
    const name = decode(separator < 0 ? pair : pair.slice(0, separator));
    const value = separator < 0 ? '' : pair.slice(separator + 1);
    const values = labels.includes(name) ? value.split(',').map(decode) : [decode(value)];
    const known = query[name];
    if (known === undefined) query[name] = values.length === 1 ? (values[0] ?? '') : values;
    else if (typeof known === 'string') query[name] = [known, ...values];
    else known.push(...values);
  }
  return query;
}

/** A stray % stays as it is. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? percentDecoded(spaced) : spaced;
}
