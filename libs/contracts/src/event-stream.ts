/** The fields of one message of an event stream (`text/event-stream`). */
export interface StreamMessage {
  /** What the client sends as Last-Event-ID to go on after this message. */
  readonly id?: number;
  readonly event: string;
  /** JSON text: without line breaks. */
  readonly data: string;
}

export function streamMessage({ id, event, data }: StreamMessage): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** Where a live source writes to. */
export interface StreamSink {
  /** Sends whole messages; a reader that is too slow for them is sent away. */
  send(messages: Buffer): void;
  /** Resolves when the reader has taken nearly all that was sent, or is gone. */
  room(): Promise<void>;
  /** Says why it ends, and ends. */
  finish(why: string): void;
  /** Nothing that is sent arrives any more. */
  readonly isOver: boolean;
}
