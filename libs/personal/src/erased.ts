/** Who has thrown a key away, and when. */
export interface Erased {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The actor: `user:<id>`, `token:<id>`. */
  readonly by: string;
}

/** What stands in the place of a value that nobody can read any more. Null: no erasure says why its key is missing. */
export function erasedMark(erased: Erased | null): string {
  if (!erased) return 'sealed (its key is missing, and no erasure names it)';
  return `erased at ${new Date(erased.at).toISOString()} by ${erased.by}`;
}
