/** What the chain needs of an event. */
export interface ChainLink {
  readonly position: number;
  /** Microseconds since the epoch. */
  readonly recordedAt: bigint;
  readonly digest: Buffer;
  readonly hash: Buffer;
  /** The event itself lies in an archive; the database has only its entry of the transparency log. */
  readonly isArchived: boolean;
}
