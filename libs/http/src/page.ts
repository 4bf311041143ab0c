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

/** `page` from 0; `total` over all pages. */
export function springPage<Item>(
  content: readonly Item[],
  { page, limit, total }: { readonly page: number; readonly limit: number; readonly total: number },
): Page<Item> {
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
