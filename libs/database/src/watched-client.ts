import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { ConnectionLostError, markConnectionLoss } from './connection-loss';
import { databaseLimits } from './limits';

/** Is told of a connection's life. */
export interface ConnectionWatch {
  opened(client: WatchedClient): void;
  closed(client: WatchedClient): void;
  lost(error: unknown): void;
}

export interface WatchedClientConfig extends ClientConfig {
  /** Who looks after it; nobody where absent. */
  readonly connections?: ConnectionWatch;
  /** Milliseconds that a statement may take, `databaseLimits.answer` where absent. */
  readonly answerWithin?: number;
}

/**
 * The client that every connection of ours is made with: pools, TypeORM, LISTEN. It always has an `error` listener, checked out or not, so
 * a lost connection cannot end the process; it marks what it is lost with; it knows since when it waits for an answer.
 */
export class WatchedClient extends Client {
  /** Milliseconds that a statement may take. */
  readonly answerWithin: number;
  /** The server's process behind it; a pooler in between makes up a number of its own. */
  backendPid: number | null = null;
  /** When the statement under way was sent, by `performance.now()`; null while none is. */
  busySince: number | null = null;
  /** Counts the statements. */
  statements = 0;
  private lost = false;

  /** What has come in so far. While it grows, an answer is under way. */
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
    const { connections } = config;
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
        // The driver answers for a connection that is gone with errors that have no code.
        return this.lost ? markedAnswer(query, self, given) : apply(query, self, given);
      },
    });
  }

  /** Gives the connection up at once; whoever waits for it is told so. Nothing is said to the server, which may not hear it. */
  cut(reason: string): void {
    this.connection.stream.destroy(new ConnectionLostError(reason));
  }
}

/** Calls the function in the one or the other style of the driver, and marks what it fails with. */
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

type Callable = (...given: never[]) => unknown;

function apply(called: Callable, self: unknown, given: readonly unknown[]): unknown {
  return Reflect.apply(called, self, given) as unknown;
}

function raise(error: unknown): never {
  throw error;
}
