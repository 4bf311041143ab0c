/** The place of an item in a list that is ordered by a column, among equals by the date of creation, and then by the id. */
export interface ListPlace {
  /** The item's value of the column; absent: the date of creation is the column. */
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly creationDate: number;
  readonly id: string;
}
