import { createHash } from 'node:crypto';
import { canonicalJson, isId, type ListPlace, RefusedError } from '#libs/kernel';
import { z } from 'zod';
import { type Paging, pagingParams, type RawQuery, textParam } from './query-params';

/** The most characters of a cursor. */
export const maxCursorLength = 4096;

/** A page by its number, or the one behind an item. */
export interface CursorPaging extends Paging {
  /** The item behind which the page begins; `page` then counts the pages that were read by cursor. */
  readonly after?: ListPlace;
}

/** What a cursor holds: which list it belongs to, the number of the page that it begins, and the item before that page. */
const cursorSchema = z.tuple([
  z.string(),
  z.int().min(1).max(2_147_483_647),
  z.int().min(-62_135_596_800_000).max(253_402_300_799_999),
  z.string().refine(isId),
  z
    .string()
    .refine((key) => !key.includes('\0'))
    .nullable(),
]);

function invalid(message: string): RefusedError {
  return new RefusedError('QUERY_INVALID_FILTERS', `Invalid query filters have been provided. ${message}`);
}

/**
 * `limit`, and either `page` or `cursor`. `list`: whatever makes it this list, such as team, filters, sort and order.
 * @throws RefusedError QUERY_INVALID_FILTERS if the cursor is not one of this list.
 */
export function cursorPaging(query: RawQuery, list: unknown): CursorPaging {
  const paging = pagingParams(query);
  const cursor = textParam(query, 'cursor');
  if (cursor === undefined) return paging;
  if (textParam(query, 'page') !== undefined) {
    throw invalid('Parameters page and cursor must not be given together: leave out page.');
  }
  if (cursor.length > maxCursorLength) {
    throw invalid(
      `Parameter cursor must have at most ${maxCursorLength} characters: send nextCursor of the page before.`,
    );
  }
  const [listed, page, creationDate, id, key] = opened(cursor);
  if (listed !== fingerprint(list)) {
    throw invalid(
      'Parameter cursor belongs to another list: send the team, filters, sort and order of the request that gave it.',
    );
  }
  return { limit: paging.limit, page, after: { creationDate, id, ...(key !== null && { key }) } };
}

/** The cursor of the page behind the item. `page`: its number. */
export function cursorOf(list: unknown, page: number, { creationDate, id, key }: ListPlace): string {
  const content: z.infer<typeof cursorSchema> = [fingerprint(list), page, creationDate, id, key ?? null];
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function opened(cursor: string): z.infer<typeof cursorSchema> {
  const text = /^[\w-]+$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString() : '';
  const parsed = cursorSchema.safeParse(parsedJson(text));
  if (!parsed.success) throw invalid('Parameter cursor is no cursor: send nextCursor of the page before, as it is.');
  return parsed.data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fingerprint(list: unknown): string {
  return createHash('sha256').update(canonicalJson(list)).digest('base64url').slice(0, 16);
}
