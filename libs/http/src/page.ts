import { RefusedError } from '#libs/kernel';
import type { Paging } from './query-params';

/** A page as Spring writes it. */
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
}

/** The reference rebuilds its pages without their sort, and clients have come to see this. */
const unsorted = { empty: true, sorted: false, unsorted: true } as const;

/**
 * `page` from 0; `total` over all pages. A list that was asked for whole is one page as large as it is.
 * @throws RefusedError QUERY_INVALID_FILTERS where it has more items than are given without a limit.
 */
export function springPage<Item>(
  content: readonly Item[],
  { page, limit: given, total, isWhole = false }: Paging & { readonly total: number },
): Page<Item> {
  if (isWhole && total > given) {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      `Invalid query filters have been provided. The list has ${total} items: without limit at most ${given} are given.`,
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
    last: page + 1 >= totalPages,
    totalPages,
    sort: unsorted,
    first: page === 0,
    numberOfElements: content.length,
    empty: content.length === 0,
  };
}
