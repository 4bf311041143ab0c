import { RefusedError } from '#libs/kernel';
import type { CursorPaging } from './cursor';

/** A page in Spring's format. */
export interface Page<Item> {
  readonly content: readonly Item[];
  readonly number: number;
  readonly size: number;
  readonly totalElements: number;
  readonly pageable: {
    readonly pageNumber: number;
    readonly pageSize: number;
    readonly sort: typeof unsorted;
    readonly offset: number;
    readonly paged: true;
    readonly unpaged: false;
  };
  readonly last: boolean;
  readonly totalPages: number;
  readonly sort: typeof unsorted;
  readonly first: boolean;
  readonly numberOfElements: number;
  readonly empty: boolean;
  /** Of a list with cursors: the one of the next page; absent on the last. */
  readonly nextCursor?: string;
}

interface PageOptions extends CursorPaging {
  readonly total: number;
  readonly nextCursor?: string | undefined;
}

/** The reference rebuilds its pages without their sort, and clients know it this way. */
const unsorted = { empty: true, sorted: false, unsorted: true } as const;

/**
 * `page` from 0; `total` over all pages. A list without a limit is one page with all items. A page behind a cursor is the last if no cursor
 * follows.
 * @throws RefusedError QUERY_INVALID_FILTERS if it has more items than a list without a limit may have.
 */
export function springPage<Item>(
  content: readonly Item[],
  { page, limit: given, total, isWhole = false, after, nextCursor }: PageOptions,
): Page<Item> {
  if (isWhole && total > given) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      `Invalid query filters have been provided. The list has ${total} items: without limit, at most ${given} are returned.`,
    );
  }
  const limit = isWhole ? Math.max(1, total) : given;
  const totalPages = Math.ceil(total / limit);
  return {
    content,
    number: page,
    size: limit,
    totalElements: total,
    pageable: { pageNumber: page, pageSize: limit, sort: unsorted, offset: page * limit, paged: true, unpaged: false },
    last: after ? nextCursor === undefined : page + 1 >= totalPages,
    totalPages,
    sort: unsorted,
    first: page === 0,
    numberOfElements: content.length,
    empty: content.length === 0,
    ...(nextCursor !== undefined && { nextCursor }),
  };
}
