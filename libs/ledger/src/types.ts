import type { EventMetadata, ReceiptKey } from '#libs/kernel';

export type { CommandContext, CommandMetadata, EventMetadata, ReceiptKey } from '#libs/kernel';

/*
 * Terminology:
 * - stream: the events of one thing (a run, a workflow, a team, a token), numbered by streamVersion from 1.
 * - position: an event's number in the whole ledger, from 1, without gaps; commit order = position order.
 * - digest: SHA-256 of an event's fields as they are stored: see `eventDigest`. hash: the chain, SHA-256(previous hash ‖ position ‖ recorded at ‖ digest).
 */

export interface RecordedEvent {
  readonly position: number;
  readonly streamId: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  /** Whether it is the first of its command in its stream. */
  readonly isFirst: boolean;
  /** Exactly the texts that were hashed, and the salt. */
  readonly stored: { readonly data: string; readonly metadata: string; readonly salt: Buffer };
  /** Microseconds since the epoch; never lower than at the position before. */
  readonly recordedAt: bigint;
  readonly hash: Buffer;
}

/** An event to append. */
export interface PendingEvent {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
  readonly metadata: EventMetadata;
}

/** One log record about a change, for operators. */
export interface News {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Rows for one SQL function, which the append calls in its own statement to write an inline view. The function takes
 * the rows as one `jsonb`, or one array for each field that it names. Its name comes from our code, never from a user.
 */
export interface ViewUpdate {
  readonly sqlFunction: string;
  readonly rows: readonly unknown[];
}

/**
 * A limit over many streams. The append calls `sqlFunction(key)` while it holds the head row, and accepts the batch
 * only if the result plus the batch's own amount stay within `limit`.
 */
export interface GuardUse {
  readonly sqlFunction: string;
  readonly key: string;
  readonly adds: number;
  readonly limit: number;
}

export interface Receipt extends ReceiptKey {
  /** JSON text of the answer. */
  readonly answer: string;
}
