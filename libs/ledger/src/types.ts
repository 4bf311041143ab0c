/*
 * Terminology:
 * - stream: the events of one thing (a run, a workflow, a team, a token), numbered by streamVersion from 1.
 * - position: an event's number in the whole ledger, from 1, without gaps; commit order = position order.
 * - digest: SHA-256 of an event's fields as they are stored: see `eventDigest`. hash: the chain, SHA-256(previous hash ‖ position ‖ recorded at ‖ digest).
 */

/** Who did it, through what, and why. Never holds a secret. */
export interface EventMetadata {
  /** The command that the event came from; every event of one command has the same. */
  readonly commandId: string;
  /** Who: `token:<id>`, `system:<part>`. */
  readonly actor: string;
  readonly teamId?: string;
  readonly tokenId?: string;
  readonly requestId?: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly reason?: string;
  readonly clientAddress?: string;
}

/** What the sender of a command says of itself; the processor adds the command id. */
export type CommandMetadata = Omit<EventMetadata, 'commandId'> & { readonly commandId?: string };

export interface RecordedEvent {
  readonly position: number;
  readonly streamId: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  /** The very texts that were hashed, and the salt. */
  readonly stored: { readonly data: string; readonly metadata: string; readonly salt: Buffer };
  /** Microseconds since the epoch; never falls from one position to the next. */
  readonly recordedAt: bigint;
  readonly hash: Buffer;
}

/** An event that is about to be appended. */
export interface PendingEvent {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
  readonly metadata: EventMetadata;
}

/** What operators read of a change in the log: one record. */
export interface News {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Rows for one SQL function, called in the append's own statement: how an inline view is kept. The function takes the rows as one `jsonb`, or
 * an array for each field that it names; it is named by us, never by a user.
 */
export interface ViewUpdate {
  readonly sqlFunction: string;
  readonly rows: readonly unknown[];
}

/**
 * A limit over many streams. The append calls `sqlFunction(key)` while it holds the head row, and takes the batch only if what that
 * answers, and what the batch adds, stay within `limit`.
 */
export interface GuardUse {
  readonly sqlFunction: string;
  readonly key: string;
  readonly adds: number;
  readonly limit: number;
}

/** Remembers the answer to a command under the sender's idempotency key. */
export interface ReceiptKey {
  /** Whose key: the token. */
  readonly scope: string;
  readonly key: string;
  /** Hash of method, path and body: another body under the same key is refused with 422. */
  readonly requestHash: string;
}

export interface Receipt extends ReceiptKey {
  /** JSON text of the answer. */
  readonly answer: string;
}
