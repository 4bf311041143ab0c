/** A stream of the ledger, and the version that something was read of. While it has not moved on, what was read holds. */
export interface StreamVersion {
  readonly streamId: string;
  readonly version: number;
}
