/** Who did it, through what, and why. Never holds a secret. */
export interface EventMetadata {
  /** The command that the event came from; every event of one command has the same. */
  readonly commandId: string;
  /** Who: `token:<id>`, `system:<part>`. */
  readonly actor: string;
  /** What was asked for: the command's type, such as `CancelRun`; those of several that go together are joined by `+`. */
  readonly action: string;
  /** Whose team the thing is in; absent where it belongs to no team. */
  readonly teamId?: string;
  /** Absent where the actor is the token itself. */
  readonly tokenId?: string;
  readonly requestId?: string;
  /** What caused it: the id of a run, a task of one, a lock, a schedule or a bulk job. */
  readonly causationId?: string;
  readonly reason?: string;
  readonly clientAddress?: string;
  /** The client's `User-Agent`, at most 200 characters. */
  readonly userAgent?: string;
  /** The trace that the request belongs to, as its header `traceparent` (W3C Trace Context) says. */
  readonly traceparent?: string;
  /** The server that took the command: `<id>/<version>`. */
  readonly server?: string;
}

/** Where a request comes from. */
export type Origin = Pick<EventMetadata, 'requestId' | 'clientAddress' | 'userAgent' | 'traceparent' | 'tokenId'>;

/** What the sender of a command says of itself; the processor adds the command id, the action, the server, and the team that the thing is in. */
export type CommandMetadata = Omit<EventMetadata, 'commandId' | 'action' | 'server'> & {
  readonly commandId?: string;
  /** In place of the command's type, for the trail: see `actions`. */
  readonly action?: string;
};

/** Remembers the answer to a command under the sender's idempotency key. */
export interface ReceiptKey {
  /** Whose key: the token. */
  readonly scope: string;
  readonly key: string;
  /** Hash of method, path and body: another body under the same key is refused with 422. */
  readonly requestHash: string;
}

/** Who asks, and under which idempotency key: what comes with every command from outside. */
export interface CommandContext {
  readonly metadata: CommandMetadata;
  readonly receipt?: ReceiptKey;
}
