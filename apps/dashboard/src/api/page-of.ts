/** A page of a list. */
export interface PageOf<Item> {
  readonly content: readonly Item[];
  /** From 0. */
  readonly number: number;
  readonly size: number;
  readonly totalElements: number;
  readonly totalPages: number;
}
