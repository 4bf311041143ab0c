import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { ConnectionLostError, markConnectionLoss, ReadLimitError } from './connection-loss';
import { databaseLimits } from './limits';

/** Is told of a connection's life. */
export interface ConnectionWatch {
  opened(client: WatchedClient): void;
  closed(client: WatchedClient): void;
  lost(error: unknown): void;
}

export interface WatchedClientConfig extends ClientConfig {
  /** Watches the connection; absent: nobody does. */
  readonly connections?: ConnectionWatch;
  /** Milliseconds that a statement may take; absent: `databaseLimits.answer`. */
  readonly answerWithin?: number;
  /** Milliseconds after which the server ends a statement; present: the error then says so. */
  readonly readWithin?: number;
}

/**
 * The client behind all our connections: pools, TypeORM, LISTEN. It always has an `error` listener, checked out or not,
 * so a lost connection cannot end the process. It marks the errors of a lost connection, and knows since when it waits
 * for an answer.
 */
export class WatchedClient extends Client {
  /** Milliseconds that a statement may take. */
  readonly answerWithin: number;
  /** The server's process for this connection; a connection pooler reports a number of its own. */
  backendPid: number | null = null;
  /** When the statement in progress was sent, by `performance.now()`; null if there is none. */
  busySince: number | null = null;
  /** The number of statements so far. */
  statements = 0;
  private lost = false;

  /** The bytes received so far. While the number grows, an answer is arriving. */
  get bytesRead(): number {
    const { stream } = this.connection;
    return stream instanceof Socket ? stream.bytesRead : 0;
  }

  constructor(config: WatchedClientConfig = {}) {
    super({
      ...config,
      keepAlive: true,
      keepAliveInitialDelayMillis: databaseLimits.keepAlive,
      connectionTimeoutMillis: config.connectionTimeoutMillis ?? databaseLimits.connect,
    });
    const { connections, readWithin } = config;
    this.answerWithin = config.answerWithin ?? databaseLimits.answer;
    this.connection.once('backendKeyData', ({ processID }: { processID: number }) => (this.backendPid = processID));
    this.on('error', (error: unknown) => {
      this.lost = true;
      connections?.lost(markConnectionLoss(error));
    });
    this.on('drain', () => (this.busySince = null));
    this.on('connect', () => connections?.opened(this));
    this.on('end', () => {
      this.lost = true;
      connections?.closed(this);
    });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy hands `this` on
    this.query = new Proxy(this.query, {
      apply: (query, self, given: unknown[]): unknown => {
        this.busySince ??= performance.now();
        this.statements++;
        // For a lost connection, the driver throws errors without a code.
        if (this.lost) return markedAnswer(query, self, given);
        return readWithin === undefined
          ? apply(query, self, given)
          : markedAnswer(query, self, given, readLimitMarker(readWithin));
      },
    });
  }

  /**
   * Closes the connection at once; waiting callers get an error. Sends nothing to the server, which may not receive it.
   */
  cut(reason: string): void {
    this.connection.stream.destroy(new ConnectionLostError(reason));
  }
}

/** Calls the function in either of the driver's styles, and marks its error. */
export function markedAnswer(
  called: Callable,
  self: unknown,
  given: readonly unknown[],
  mark: (error: unknown) => unknown = markConnectionLoss,
): unknown {
  const callback = given.at(-1);
  if (typeof callback === 'function') {
    const told = (error: unknown, ...rest: unknown[]): unknown =>
      apply(callback as Callable, undefined, [error ? mark(error) : error, ...rest]);
    return apply(called, self, [...given.slice(0, -1), told]);
  }
  const answer = apply(called, self, given);
  return answer instanceof Promise ? answer.catch((error: unknown) => raise(mark(error))) : answer;
}

/** Tells a statement that the limit has ended from one that somebody has cancelled, which has the same code. */
function readLimitMarker(milliseconds: number): (error: unknown) => unknown {
  const end = performance.now() + milliseconds;
  return (error) =>
    (error as { code?: unknown }).code === '57014' && performance.now() >= end
      ? new ReadLimitError(milliseconds, { cause: error })
      : error;
}

type Callable = (...given: never[]) => unknown;

function apply(called: Callable, self: unknown, given: readonly unknown[]): unknown {
  return Reflect.apply(called, self, given) as unknown;
}

function raise(error: unknown): never {
  throw error;
}
