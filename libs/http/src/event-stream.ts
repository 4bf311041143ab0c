import { streamMessage, type StreamSink } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { optionalIntParam, type RawQuery } from './query-params';

/** Bytes that may wait for a reader; who has more waiting when something comes is sent away. */
export const mostUnread = 1024 * 1024;
/** Bytes that may wait for a reader that is caught up with what it has missed. */
const fewUnread = 64 * 1024;
/** Milliseconds that a reader which is sent away, or caught up, has for what waits for it. */
const patience = 10_000;
/** Milliseconds after which clients connect again. */
const retry = 2000;

/** Messages to one client, as they come: server-sent events. */
export class EventStream extends Readable implements StreamSink {
  private isEnding = false;
  private makeRoom: (() => void) | null = null;

  constructor() {
    super();
    this.push(`retry: ${retry}\n\n`);
  }

  get isOver(): boolean {
    return this.isEnding || this.destroyed;
  }

  /** Node asks for more: less waits than its own high-water mark, apart from what it takes at this moment. */
  override _read(): void {
    this.makeRoom?.();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.makeRoom?.();
    callback(error);
  }

  send(messages: Buffer): void {
    if (this.isOver) return;
    if (this.readableLength > mostUnread) this.shed();
    else this.push(messages);
  }

  async room(): Promise<void> {
    if (this.isOver || this.readableLength <= fewUnread) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => {
        this.shed();
        resolve();
      }, patience);
      this.makeRoom = () => {
        clearTimeout(late);
        resolve();
      };
    });
    this.makeRoom = null;
  }

  finish(why: string): void {
    this.end('end', why);
  }

  private shed(): void {
    this.end(
      'shed',
      `More than ${mostUnread} bytes wait to be read. Connect again with the last id as Last-Event-ID: nothing is lost.`,
    );
  }

  private end(event: string, message: string): void {
    if (this.isOver) return;
    this.isEnding = true;
    this.push(streamMessage({ event, data: JSON.stringify({ message }) }));
    this.push(null);
    this.makeRoom?.();
    const cut = setTimeout(() => this.destroy(), patience);
    cut.unref();
    this.once('close', () => clearTimeout(cut));
  }
}

/** Whether the client asks for an event stream rather than JSON. */
export function wantsEventStream({ method, headers: { accept = '' } }: FastifyRequest): boolean {
  return method === 'GET' && /(^|[\s,])text\/event-stream\s*($|[;,])/i.test(accept);
}

const positions = { min: 0, max: Number.MAX_SAFE_INTEGER };

/**
 * The position after which a client goes on: header `Last-Event-ID`, which a reconnecting client sends, else parameter `lastEventId`. Absent: from
 * now on.
 * @throws RefusedError BAD_REQUEST or QUERY_INVALID_FILTERS if it is no position.
 */
export function lastEventIdOf({ headers }: FastifyRequest, query: RawQuery): number | undefined {
  const given = optionalIntParam(query, 'lastEventId', positions);
  const header = headers['last-event-id'];
  if (header === undefined || header === '') return given;
  const position = typeof header === 'string' && /^\d{1,16}$/.test(header) ? Number(header) : NaN;
  if (Number.isSafeInteger(position)) return position;
  throw new RefusedError(
    'BAD_REQUEST',
    `Header Last-Event-ID must be a position of the ledger, a whole number from 0 to ${positions.max}.`,
  );
}
